#!/usr/bin/env bash
# The library that scripts/package_arduino.sh cut, file by file: nothing is missing, nothing is too much, and every
# source is the tree's but for what the script says it adds.
# Usage: check_package.sh ROOT LIBRARY
set -euo pipefail
export LC_ALL=C
root=$(cd "$1" && pwd)
cd "$2"

failed=0
complain() {
  echo "$1"
  failed=1
}

# What the script makes itself; everything else has an original.
made='^(library\.properties|library\.json|src/thimble/version\.h|src/thimble_story_model\.h|src/thimble_core/(jsmn\.h|web/page\.cpp))$'

original_of() {
  case $1 in
    src/Thimble.h | src/Thimble.cpp | src/ThimbleWeb.h | src/ThimbleWeb.cpp) echo "ports/arduino/${1#src/}" ;;
    src/thimble_core/build.h) echo ports/arduino/build.h ;;
    src/thimble_core/ports/* | src/thimble_core/firmware/*) echo "${1#src/thimble_core/}" ;;
    src/thimble_core/*) echo "src/${1#src/thimble_core/}" ;;
    src/thimble/*) echo "include/${1#src/}" ;;
    LICENSE) echo LICENSE ;;
    *) echo "ports/arduino/$1" ;;
  esac
}

# As the original: without the lines around a source, and with the includes that it has.
as_original() {
  case $1 in
    *.cpp | *.S) sed -e '1,3{' -e '/^#define THIMBLE_HOT$/d' -e '/^#include "thimble_core\/build.h"$/d' \
      -e '/^#if THIMBLE_BUILDS_HERE/d' -e '}' -e '${' -e '/^#endif$/d' -e '}' "$1" ;;
    *) cat "$1" ;;
  esac | sed 's@^#include "thimble_core/jsmn.h"@#include <jsmn.h>@; s@^#include "thimble_core/@#include "@'
}

check_originals() {
  local file original
  while read -r file; do
    if [[ $file =~ $made ]]; then continue; fi
    original=$root/$(original_of "$file")
    echo "$original" >>"$found"
    if [[ ! -f $original ]]; then
      complain "$file has no original"
    else
      as_original "$file" | cmp -s - "$original" || complain "$file is not its original"
    fi
  done < <(find . -type f -printf '%P\n' | sort)
}

# Every source of the core and of the port is there.
check_nothing_is_missing() {
  comm -23 <(cd "$root" && find include src ports/arduino ports/esp_idf/workers.cpp ports/esp_idf/{http,socket}_* \
    ports/esp_idf/card_task.cpp ports/esp_idf/card_task.h ports/port.h ports/fork_join.h ports/http.h firmware/server -type f \
    ! -path 'src/kernels/checked/*' ! -path 'src/kernels/avx*' ! -path 'src/kernels/x86/*' \
    ! -path 'src/kernels/neon/*' ! -path 'src/kernels/arm/*' ! -name '*_heads.cpp' ! -name CMakeLists.txt ! -name '*.in' \
    -printf "$root/%p\n" | sort) <(sort "$found") >"$found.missing"
  while read -r file; do complain "$file is missing"; done <"$found.missing"
}

# Kernel sets for one kind of chip, and the port without Arduino, compile to nothing elsewhere.
check_guards() {
  local file set
  for set in mac16 pie; do
    for file in src/thimble_core/kernels/"$set"/*.{cpp,S}; do
      grep -q "^#if THIMBLE_BUILDS_HERE && defined(THIMBLE_${set^^})\$" "$file" || complain "$file has no guard of its set"
    done
  done
  for file in src/Thimble.cpp src/thimble_core/ports/*/*.cpp; do
    grep -qE '^#if THIMBLE_BUILDS_HERE && defined\(ARDUINO\)( && THIMBLE_HAS_SERVER)?$' "$file" || complain "$file has no guard"
  done
  for file in src/ThimbleWeb.cpp src/thimble_core/{firmware/server,web}/*.cpp src/thimble_core/ports/esp_idf/{http,socket}_*.cpp; do
    grep -q '^#if THIMBLE_BUILDS_HERE && defined(ARDUINO) && THIMBLE_HAS_SERVER$' "$file" || complain "$file has no guard"
  done
  while read -r file; do
    grep -q '^#if THIMBLE_BUILDS_HERE' "$file" || complain "$file has no guard"
  done < <(find src -name '*.cpp' -o -name '*.S')
}

check_versions() {
  local version
  version=$(sed -n 's/^project(thimble VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
  grep -qx "version=$version" library.properties || complain 'library.properties has another version'
  grep -q "\"version\": \"$version\"" library.json || complain 'library.json has another version'
  grep -q "THIMBLE_VERSION \"$version\"" src/thimble/version.h || complain 'version.h has another version'
  [[ -f ../Thimble-$version.zip ]] || complain "there is no Thimble-$version.zip"
  ! grep -nE '@[A-Z_]+@' library.properties library.json src/thimble/version.h || complain 'something was not filled in'
}

# What the manifests must state (Arduino library specification; PlatformIO library.json) and name.
check_manifests() {
  local field file
  for field in name version author maintainer sentence paragraph category architectures includes; do
    grep -q "^$field=." library.properties || complain "library.properties has no $field"
  done
  python3 - <<'END' || complain 'library.json is not what PlatformIO reads'
import json, pathlib
m = json.load(open("library.json"))
assert m["frameworks"] == ["arduino", "espidf"] and m["platforms"] == "espressif32"
for header in m["headers"]: assert (pathlib.Path("src") / header).exists(), header
for example in m["examples"]:
    for file in example["files"]: assert (pathlib.Path(example["base"]) / file).exists(), file
END
  # Every function of Thimble.h has its colour.
  while read -r field; do
    grep -q "^$field"$'\t' keywords.txt || complain "keywords.txt does not know $field"
  done < <(awk '/^class Thimble/ { on = 1 } on && /^ private:/ { exit }
      on && match($0, / [a-z][A-Za-z]*\(/) && /^  [a-z]/ { print substr($0, RSTART + 1, RLENGTH - 2) }' src/Thimble.h |
    sort -u)
  for file in examples/*/; do
    [[ -f $file/$(basename "$file").ino ]] || complain "$file has no sketch of its name"
  done
}

# Partitions lie behind one another, on the multiples that the boot loader wants, in 4 MB; the model has room in its own,
# at the address that the sketch names.
check_partitions() {
  local table=examples/StoryFromFlash/partitions.csv name type offset size end=0 unit model
  model=$(stat -c %s "$root/models/story.thm")
  local -A address=()
  while IFS=, read -r name type _ offset size; do
    offset=$((offset)) size=$((size)) unit=4096
    [[ ${type// /} != app ]] || unit=65536
    ((offset >= end)) || complain "$table: $name overlaps the one before"
    ((offset % unit == 0 && size % 4096 == 0)) || complain "$table: $name is not on a multiple of $unit"
    [[ $name != model ]] || ((size >= model)) || complain "$table: the model has no room"
    address[$name]=$offset
    end=$((offset + size))
  done < <(grep -v '^#' "$table")
  ((end == 4 * 1024 * 1024)) || complain "$table ends at $end"
  for name in app0 model ffat; do
    [[ -n ${address[$name]:-} ]] || complain "$table has no $name"
  done
  grep -q "write_flash $(printf '0x%x' "${address[model]:-0}") " examples/StoryFromFlash/StoryFromFlash.ino ||
    complain 'StoryFromFlash.ino names another address'
}

found=$(mktemp)
trap 'rm -f "$found" "$found.missing"' EXIT
check_originals
check_nothing_is_missing
check_guards
check_versions
check_manifests
check_partitions
echo "$(wc -l <"$found") files are the tree's"
exit "$failed"
