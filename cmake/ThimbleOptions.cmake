# Options, the language standard, and the two flag sets: what every target gets, and what the core adds.

option(THIMBLE_BUILD_TOOLS "Build the host tools: importers, converter" ${PROJECT_IS_TOP_LEVEL})
option(THIMBLE_BUILD_CLI "Build the thimble program (needs CLI11)" ${PROJECT_IS_TOP_LEVEL})
option(THIMBLE_BUILD_SERVICE "Build the API behind the servers (needs jsmn)" ${PROJECT_IS_TOP_LEVEL})
option(THIMBLE_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(THIMBLE_QUICK_TESTS_ONLY "Build only the tests that need nothing but a compiler" OFF)
option(THIMBLE_BUILD_FUZZERS "Build the fuzz targets (needs clang)" OFF)
option(THIMBLE_BUILD_EMULATOR_IMAGES "Build firmware/emu; needs a toolchain file of cmake/toolchains" OFF)
option(THIMBLE_INSTALL "Make the install and package rules" ${PROJECT_IS_TOP_LEVEL})
# Off unless a preset or ./test.sh asks: the next compiler's new warning must not break the build of a user.
option(THIMBLE_WERROR "Treat warnings as errors" OFF)
# Parts of the core that a bare chip does without unless asked.
if(CMAKE_SYSTEM_NAME STREQUAL Generic AND NOT ESP_PLATFORM)
  set(thimble_part_default OFF)
else()
  set(thimble_part_default ON)
endif()
option(THIMBLE_STREAMING "Run models larger than memory, whose weights and vocabulary are read as they are needed"
  ${thimble_part_default})
option(THIMBLE_KV_INT4 "Keys and values in 4 bits, for those who ask for them" ${thimble_part_default})
set(THIMBLE_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_RUNTIME_OUTPUT_DIRECTORY)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})  # build/release/thimble, not build/release/apps/cli/thimble
endif()

# thimble_flags: warnings, the floating-point rules of docs/NUMERICS.md, which every target must keep, and what is linked.
# Inside ESP-IDF its own warnings do: it makes errors of them, and its compilers are newer than ours.
add_library(thimble_flags INTERFACE)
target_compile_options(thimble_flags INTERFACE -ffp-contract=off -fno-fast-math)
target_compile_definitions(thimble_flags INTERFACE
  THIMBLE_STREAMING=$<BOOL:${THIMBLE_STREAMING}> THIMBLE_KV_INT4=$<BOOL:${THIMBLE_KV_INT4}>)
if(NOT ESP_PLATFORM)
  target_compile_options(thimble_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wmissing-declarations -Wdouble-promotion
    # gcc 12 sees overlaps in std::string that are not there (GCC bug 105651)
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
    $<$<BOOL:${THIMBLE_WERROR}>:-Werror>)
endif()
if(THIMBLE_SANITIZE)
  target_compile_options(thimble_flags INTERFACE -fsanitize=${THIMBLE_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(thimble_flags INTERFACE -fsanitize=${THIMBLE_SANITIZE})
endif()

# thimble_core_flags: what the core lives without on a chip.
add_library(thimble_core_flags INTERFACE)
target_link_libraries(thimble_core_flags INTERFACE thimble_flags)
target_compile_options(thimble_core_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics>)

# thimble_add_box(<name> SOURCES <files> LINKS <boxes>): one static library of the core, with private links, so that
# a box sees only the boxes it names.
function(thimble_add_box name)
  cmake_parse_arguments(BOX "" "" "SOURCES;LINKS" ${ARGN})
  add_library(thimble_${name} STATIC ${BOX_SOURCES})
  target_include_directories(thimble_${name}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
           $<INSTALL_INTERFACE:include>
    PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_features(thimble_${name} PUBLIC cxx_std_20)
  target_link_libraries(thimble_${name} PRIVATE $<BUILD_INTERFACE:thimble_core_flags>)
  foreach(link IN LISTS BOX_LINKS)
    target_link_libraries(thimble_${name} PRIVATE thimble_${link})
  endforeach()
  if(NOT CMAKE_SYSTEM_NAME STREQUAL Generic)
    set_target_properties(thimble_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  elseif(NOT name STREQUAL kernels AND NOT name STREQUAL base)
    # A chip runs its code where it was linked, and has little room for it; the time goes into kernels and maths.
    target_compile_options(thimble_${name} PRIVATE $<$<CONFIG:Release>:$<IF:$<CXX_COMPILER_ID:Clang>,-Oz,-Os>>)
  endif()
endfunction()
