# The network's part of the port as a component of ESP-IDF: a program without a network need not build IDF's. Included by
# the CMakeLists.txt of a folder that IDF takes for a component, firmware/*/components/thimble_network.
get_filename_component(thimble_root ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
set(thimble_port ${thimble_root}/ports/esp_idf)

include(${thimble_port}/network_sources.cmake)
if(NOT CONFIG_THIMBLE_NETWORK)  # nor is it while IDF collects what needs what
  set(thimble_esp_idf_network_sources "")
  set(thimble_esp_idf_update_sources "")
endif()
idf_component_register(
  SRCS ${thimble_esp_idf_network_sources} ${thimble_esp_idf_update_sources}
  PRIV_INCLUDE_DIRS ${thimble_root}
  PRIV_REQUIRES thimble app_update esp_app_format esp_driver_tsens esp_eth esp_event esp_http_server esp_netif esp_timer heap log lwip mbedtls nvs_flash
  KCONFIG ${thimble_port}/Kconfig.network)
if(CONFIG_THIMBLE_NETWORK)
  target_compile_options(${COMPONENT_LIB} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti>)
endif()
