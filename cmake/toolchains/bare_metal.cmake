# What the toolchain files share: no operating system, no C library to link, no heap.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

# Debian has the headers of a C++ library for one bare-metal target, Arm, and they serve the others as well.
set(bare_metal_cxx /usr/include/newlib/c++/12.2.1)
set(bare_metal_cxx_includes "-isystem ${bare_metal_cxx} -isystem ${bare_metal_cxx}/arm-none-eabi")
set(bare_metal_flags "-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables")
