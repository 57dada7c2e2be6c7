# The radio's part of the port as a component of ESP-IDF: a program without it need not build IDF's. Included by the
# CMakeLists.txt of a folder that IDF takes for a component, firmware/*/components/thimble_wifi.
get_filename_component(thimble_root ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
set(thimble_port ${thimble_root}/ports/esp_idf)

include(${thimble_port}/wifi_sources.cmake)
if(NOT CONFIG_THIMBLE_WIFI)  # nor is it while IDF collects what needs what
  set(thimble_esp_idf_wifi_sources "")
endif()
idf_component_register(
  SRCS ${thimble_esp_idf_wifi_sources}
  PRIV_INCLUDE_DIRS ${thimble_root}
  PRIV_REQUIRES thimble thimble_network esp_event esp_hw_support esp_netif esp_wifi lwip
  KCONFIG ${thimble_port}/Kconfig.wifi)
if(CONFIG_THIMBLE_WIFI)
  idf_component_optional_requires(PRIVATE espressif__mdns mdns)
  target_compile_options(${COMPONENT_LIB} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti>)
endif()
