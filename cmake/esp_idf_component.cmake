# Thimble as a component of ESP-IDF: the port, and the core as the host builds it. Included by the CMakeLists.txt of a
# folder that IDF takes for a component: the root of the sources, or firmware/*/components/thimble.
#
# A component's sources may lie outside of its folder, and its name is that of the folder; so paths here are absolute,
# and nothing depends on the name.
get_filename_component(thimble_root ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
set(thimble_port ${thimble_root}/ports/esp_idf)

# app_main() is ours only where menuconfig says so.
set(thimble_start "")
if(CONFIG_THIMBLE_START)
  set(thimble_start ${thimble_port}/start.cpp)
endif()

include(${thimble_port}/sources.cmake)
idf_component_register(
  SRCS ${thimble_esp_idf_sources} ${thimble_start}
  INCLUDE_DIRS ${thimble_root}/include ${thimble_root}/firmware/esp_idf
  PRIV_INCLUDE_DIRS ${thimble_root}
  PRIV_REQUIRES esp_driver_gpio esp_driver_sdmmc esp_driver_sdspi esp_driver_spi esp_driver_uart
    esp_driver_usb_serial_jtag esp_hw_support esp_partition esp_psram esp_rom esp_system esp_timer fatfs heap log sdmmc
    spi_flash vfs
  LDFRAGMENTS ${thimble_port}/linker.lf
  KCONFIG ${thimble_port}/Kconfig)

# What src/kernels asks about the processor. An ESP32-S2 is an Xtensa without that option.
if(IDF_TARGET STREQUAL esp32 OR IDF_TARGET STREQUAL esp32s3)
  set(THIMBLE_MAC16 ON)
endif()
if(IDF_TARGET STREQUAL esp32s3)
  set(THIMBLE_PIE ON)
endif()
if(CONFIG_THIMBLE_BYTE_LEVEL)
  set(THIMBLE_BYTE_LEVEL ON)
endif()
if(CONFIG_THIMBLE_NETWORK)
  idf_build_get_property(components BUILD_COMPONENTS)
  if(espressif__jsmn IN_LIST components)
    idf_component_get_property(jsmn espressif__jsmn COMPONENT_DIR)
    find_file(THIMBLE_JSMN jsmn.h PATHS ${jsmn}/include ${jsmn} NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  endif()
  set(THIMBLE_BUILD_SERVICE ON)
  list(APPEND thimble_optional_boxes service)
endif()
# The core, by the very files that build it elsewhere, version and libraries included. IDF's project() forgets to say
# that it is not the top level.
set(THIMBLE_INSIDE_COMPONENT ON)
set(PROJECT_IS_TOP_LEVEL OFF)
add_subdirectory(${thimble_root} thimble)
if(CONFIG_THIMBLE_NETWORK AND NOT TARGET thimble_service)
  message(FATAL_ERROR "a program with a network needs jsmn.h: espressif/jsmn of the component registry, or libjsmn-dev")
endif()
if(jsmn)
  # A program's main sees every component, and so the registry's header before the copy; it warns no more than that.
  set_property(TARGET thimble_service APPEND PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${jsmn} ${jsmn}/include)
endif()
# Whatever the rest of the program is built for: the time goes into kernels and maths, and the others share a small
# cache of instructions with them.
foreach(box base kernels)
  target_compile_options(thimble_${box} PRIVATE -O2)
endforeach()
foreach(box format text engine ${thimble_optional_boxes})
  target_compile_options(thimble_${box} PRIVATE -Os)
endforeach()
foreach(box base format text kernels engine ${thimble_optional_boxes})
  # Whoever uses the component has a later standard from IDF, which CMake would take back to this one.
  set_target_properties(thimble_${box} PROPERTIES INTERFACE_COMPILE_FEATURES "")
endforeach()
target_compile_options(${COMPONENT_LIB} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti>)
target_link_libraries(${COMPONENT_LIB} PUBLIC thimble::thimble)
if(CONFIG_THIMBLE_START)
  # thimble_main() lies in another component, which the linker may have passed before start.cpp asks for it: it is
  # asked for at once. The name is what a compiler for 32 bits makes of it.
  target_link_libraries(${COMPONENT_LIB} INTERFACE "-u _Z12thimble_mainSt4spanIKPKcLj4294967295EE")
endif()
