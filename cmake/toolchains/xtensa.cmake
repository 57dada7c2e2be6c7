# Xtensa with windowed calls, by clang: the base instruction set of ESP32 and ESP32-S3, as far as QEMU's de233_fpu has
# it.
#
# The back end is young, and these are its gaps: objects that it writes itself have misaligned literals, so it writes
# assembly, which llvm-mc assembles; it keeps a frame pointer unless told otherwise; it defines no variadic functions.
# GNU ld links, without a compiler in front.
include(${CMAKE_CURRENT_LIST_DIR}/bare_metal.cmake)
set(CMAKE_SYSTEM_PROCESSOR xtensa)
set(CMAKE_C_COMPILER clang-22)
set(CMAKE_CXX_COMPILER clang++-22)
set(CMAKE_ASM_COMPILER clang-22)
foreach(language C CXX ASM)
  set(CMAKE_${language}_COMPILER_TARGET xtensa)
endforeach()

set(xtensa_features "")
foreach(feature fp loop mul32 div32 density bool sext nsa minmax clamps miscsr threadptr s32c1i mac16 mul16 coprocessor
    exception rvector interrupt highpriinterrupts timers1 timers2 timers3 windowed)
  string(APPEND xtensa_features " -Xclang -target-feature -Xclang +${feature}")
endforeach()
set(THIMBLE_MAC16 ON)  # one of them, for the kernels
# de233_fpu has no upper word of a product (MULSH), which every ESP32 has
set(machine "-DTHIMBLE_NO_MUL_HIGH -ffreestanding -fomit-frame-pointer ${bare_metal_flags}${xtensa_features}")
# The headers of a C library for another 32-bit target: declarations only, none of it is linked.
set(c_headers "-isystem /usr/lib/picolibc/riscv64-unknown-elf/include")
set(CMAKE_C_FLAGS_INIT "${machine} ${c_headers}")
set(CMAKE_CXX_FLAGS_INIT "${machine} ${bare_metal_cxx_includes} ${c_headers}")

set(assemble "llvm-mc-22 -triple=xtensa -mcpu=esp32 -filetype=obj")
foreach(language C CXX)
  set(CMAKE_${language}_COMPILE_OBJECT
    "<CMAKE_${language}_COMPILER> <DEFINES> <INCLUDES> <FLAGS> -S -o <OBJECT>.s <SOURCE>"
    "sed -E -i -f ${CMAKE_CURRENT_LIST_DIR}/xtensa_density.sed <OBJECT>.s"
    "${assemble} <OBJECT>.s -o <OBJECT>")
endforeach()
set(CMAKE_ASM_COMPILE_OBJECT "${assemble} <SOURCE> -o <OBJECT>")
set(CMAKE_AR xtensa-lx106-elf-ar)
set(CMAKE_RANLIB xtensa-lx106-elf-ranlib)
set(CMAKE_CXX_LINK_EXECUTABLE
  "xtensa-lx106-elf-ld --no-warn-execstack <LINK_FLAGS> <OBJECTS> -o <TARGET> \
--start-group <LINK_LIBRARIES> --end-group")
set(THIMBLE_LINKER_PREFIX "")
