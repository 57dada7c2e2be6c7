#!/usr/bin/env bash
# The cut library under other chips, an older core, another board, and PlatformIO without Arduino: what a chip has no use
# for compiles to nothing, and what will not do has one error, with the remedy.
# Usage: check_builds.sh ROOT LIBRARY
set -euo pipefail
root=$(cd "$1" && pwd)
cd "$2/src"

warnings=(-Wall -Wextra -Werror -I "$root/tests/fakes/arduino" -I . -fsyntax-only)
arduino=(-DARDUINO=10607 -DARDUINO_ARCH_ESP32 -DESP_PLATFORM)
readonly root warnings arduino
failed=0
complain() {
  echo "$1"
  failed=1
}

compile() { c++ "${warnings[@]}" "$@"; }

sketch() {
  cat <<'END'
#include <Thimble.h>
#include <thimble_story_model.h>
Thimble story(thimble_story_model);
END
}

# What depends on the chip; the build for one of two cores without assembly is the main one.
check_chips() {
  local chip file
  for chip in ESP32 ESP32S3 ESP32C3; do
    for file in thimble_core/kernels/registry.cpp thimble_core/kernels/{mac16,pie}/*.cpp \
      thimble_core/ports/*/workers.cpp; do
      compile -std=gnu++2a -fno-rtti "${arduino[@]}" "-DFAKE_TARGET_$chip" "$file" || complain "$chip: $file"
    done
  done
}

# The assembly, as the compiler's preprocessor hands it to the assembler, less comments: all of it, or nothing. Vector
# instructions are for one chip alone.
assembly_of() {
  c++ -E -P -x assembler-with-cpp -I "$root/tests/fakes/arduino" -I . -DESP_PLATFORM "-DFAKE_TARGET_$1" "$2" |
    instructions
}
instructions() { sed 's/[ \t]*#.*//; s/^[ \t]*//; s/[ \t][ \t]*/ /g; /^$/d' "$@"; }

check_assembly() {
  local file chip
  while read -r file; do
    for chip in ESP32 ESP32S3 ESP32C3 ESP32P4; do
      case $chip:$file in
        ESP32S3:* | ESP32:*/mac16/*)
          diff <(instructions "$root/src/${file#./thimble_core/}") <(assembly_of $chip "$file") || complain "$chip: $file"
          ;;
        *) [[ -z $(assembly_of $chip "$file") ]] || complain "$chip: $file is not empty" ;;
      esac
    done
  done < <(find . -name '*.S')
}

# errors_of FLAG...: of the sketch.
errors_of() { sketch | c++ "${warnings[@]}" "$@" -x c++ - 2>&1 || true; }

# Exactly one #error, which says this, and it is the first of all that the compiler says.
refuses() {
  local words=$1 said
  shift
  said=$(errors_of "$@" | grep -F 'error: ')
  [[ $(grep -cF 'error: #error' <<<"$said") == 1 && $(head -n 1 <<<"$said") == *"$words"* ]] ||
    complain "not refused by '$words': $said"
}

check_refusals() {
  local file
  [[ -z $(errors_of -std=gnu++2a "${arduino[@]}") ]] || complain 'the sketch does not compile'
  refuses 'Boards Manager' -std=gnu++11 -DESP_ARDUINO_VERSION_MAJOR=2 "${arduino[@]}"
  refuses 'https://github.com/pioarduino/' -std=gnu++17 -DESP_ARDUINO_VERSION_MAJOR=2 "${arduino[@]}"
  refuses 'Tools > Board' -std=gnu++17 -DARDUINO=10607 -DARDUINO_ARCH_AVR
  # A core without its server still has all the rest; the page's header says what is missing.
  [[ -z $(errors_of -std=gnu++2a -DESP_IDF_VERSION=0x050400 "${arduino[@]}") ]] || complain 'an older IDF: the sketch'
  refuses 'version 3.3 of the ESP32 core' -std=gnu++2a -DESP_IDF_VERSION=0x050400 -include ThimbleWeb.h "${arduino[@]}"
  # The library's own sources keep silent meanwhile.
  while read -r file; do
    compile -std=gnu++2a -fno-rtti -DESP_IDF_VERSION=0x050400 "${arduino[@]}" "$file" || complain "an older IDF: $file"
    compile -std=gnu++11 -DESP_ARDUINO_VERSION_MAJOR=2 "${arduino[@]}" "$file" || complain "an old core: $file"
    compile -std=gnu++17 -DARDUINO=10607 -DARDUINO_ARCH_AVR "$file" || complain "another board: $file"
  done < <(find . -name '*.cpp')
}

# PlatformIO with ESP-IDF alone: the engine, and nothing of Arduino.
check_without_arduino() {
  local file
  for file in Thimble.cpp ThimbleWeb.cpp thimble_core/{ports/*,firmware/server,web}/*.cpp; do
    ! c++ -E -P -std=gnu++2b -DESP_PLATFORM -I "$root/tests/fakes/arduino" -I . "$file" | grep -qv '^ *#pragma\|^ *$' ||
      complain "without Arduino: $file is not empty"
  done
  printf '#include <thimble/%s>\n#include <thimble_story_model.h>\n' thimble.hpp thimble.h |
    compile -std=gnu++2b -DESP_PLATFORM -x c++ - || complain 'without Arduino: the public headers'
}

check_chips
check_assembly
check_refusals
check_without_arduino
exit "$failed"
