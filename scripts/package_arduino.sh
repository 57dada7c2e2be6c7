#!/usr/bin/env bash
# Cuts the library for Arduino and PlatformIO, one folder for both, and its zip file:
#
#   scripts/package_arduino.sh OUT       OUT/Thimble and OUT/Thimble-VERSION.zip
#
# The same tree gives the same bytes. These build systems know no options and no generated files, so the script makes
# here what CMake makes elsewhere:
#
#   Thimble.h, Thimble.cpp     from ports/arduino
#   thimble_story_model.h      models/story.thm as an array
#   thimble/                   the public headers, and version.h
#   ThimbleWeb.h, ThimbleWeb.cpp   the page and the API, from there, too
#   thimble_core/              everything else, under one name, since src/ of every library is in one search path;
#                              web/page.cpp is the page, gzipped, and jsmn.h the one header of libjsmn-dev
#
# Sources are not changed but for two things: what they include of the core is looked up in thimble_core/, and
# thimble_core/build.h is in front, which decides whether they compile to something (ports/arduino/build.h says why).
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if (($# != 1)); then
  sed -n '2,/^set /{s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
library=$out/Thimble
version=$(sed -n 's/^project(thimble VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
boxes=$(find src -mindepth 1 -maxdepth 1 -type d -printf '%f|')'ports|firmware'
readonly out library version boxes

# fill_in TEMPLATE FILE: the version for @VERSION@ and CMake's names of it.
fill_in() {
  local major minor patch
  IFS=. read -r major minor patch <<<"$version"
  sed "s/@VERSION@\|@PROJECT_VERSION@/$version/; s/@PROJECT_VERSION_MAJOR@/$major/; s/@PROJECT_VERSION_MINOR@/$minor/
    s/@PROJECT_VERSION_PATCH@/$patch/" "$1" >"$2"
}

# condition_of SOURCE: when it compiles to something. A kernel set that CMake has an option for depends on the chip.
condition_of() {
  local set
  echo -n 'THIMBLE_BUILDS_HERE'
  case $1 in
    ports/esp_idf/http_*.cpp | ports/esp_idf/socket_*.cpp | ports/arduino/ThimbleWeb.cpp | firmware/server/* | */page.cpp)
      echo -n ' && defined(ARDUINO) && THIMBLE_HAS_SERVER'
      ;;
    ports/*) echo -n ' && defined(ARDUINO)' ;;
    src/kernels/*/*)
      set=$(basename "$(dirname "$1")")
      if grep -q "^option(THIMBLE_${set^^} " src/kernels/CMakeLists.txt; then echo -n " && defined(THIMBLE_${set^^})"; fi
      ;;
  esac
}

# cut SOURCE FILE: a source or a header of the core or of the port.
cut() {
  mkdir -p "$(dirname "$2")"
  {
    case $1 in
      *.cpp | *.S)
        case $1 in src/base/* | src/kernels/*) echo '#define THIMBLE_HOT' ;; esac
        printf '#include "thimble_core/build.h"\n#if %s\n' "$(condition_of "$1")"
        ;;
    esac
    sed -E "s@^(#include \")(($boxes)/)@\1thimble_core/\2@; s@^#include <jsmn.h>@#include \"thimble_core/jsmn.h\"@" "$1"
    case $1 in *.cpp | *.S) echo '#endif' ;; esac
  } >"$2"
}

# The public headers, and the sources of the core. Checked kernels are for tests, those of x86-64 for desktops.
cut_core() {
  local file
  for file in include/thimble/*; do cut "$file" "$library/src/${file#include/}"; done
  fill_in src/version.h.in "$library/src/thimble/version.h"
  while read -r file; do
    cut "$file" "$library/src/thimble_core/${file#src/}"
  done < <(find src \( -path src/kernels/checked -o -path 'src/kernels/avx*' -o -path src/kernels/x86 \
    -o -path src/kernels/neon -o -path src/kernels/arm -o -name '*_heads.cpp' \) -prune -o \
    \( -name '*.h' -o -name '*.cpp' -o -name '*.S' \) -print | sort)
}

cut_port() {
  local file
  for file in ports/{port,fork_join}.h ports/esp_idf/{workers,card_task}.cpp ports/esp_idf/card_task.h ports/arduino/*.h \
    ports/arduino/*.cpp; do
    cut "$file" "$library/src/thimble_core/$file"
  done
  mv "$library"/src/thimble_core/ports/arduino/Thimble{,Web}.{h,cpp} "$library/src"
  mv "$library/src/thimble_core/ports/arduino/build.h" "$library/src/thimble_core"
}

# The service's way to its clients, the page, and what reads their JSON.
cut_server() {
  local file names work
  for file in ports/http.h ports/esp_idf/{http,socket}_*.{h,cpp} firmware/server/*.{h,cpp}; do
    cut "$file" "$library/src/thimble_core/$file"
  done
  # As elsewhere the compiler does not judge it: whoever includes it uses a part of what it defines.
  { echo '#pragma GCC system_header' && cat "${THIMBLE_JSMN:-/usr/include/jsmn.h}"; } >"$library/src/thimble_core/jsmn.h"
  names=$(find web -maxdepth 1 -type f ! -name '*.md' -printf '%f\n' | sort | paste -sd ';')
  work=$(mktemp -d)
  cmake "-DFOLDER=$PWD/web" "-DFILES=$names" "-DWORK=$work" "-DOUTPUT=$work/page.cpp" -DHEADER=firmware/server/page.h \
    -DNAMESPACE=thimble::web -DFUNCTION=page -DGZIPPED_ONLY=ON -P cmake/embed_page.cmake
  cut "$work/page.cpp" "$library/src/thimble_core/web/page.cpp"
  rm -r "$work"
}

# array_of FILE NAME: a header that defines it as an array of constants.
array_of() {
  printf '// %s, made by scripts/package_arduino.sh. On a multiple of 64, as tensors lie.\n' "$1"
  printf '#pragma once\n\n#include <stdint.h>\n\nalignas(64) inline constexpr uint8_t %s[] = {\n' "$2"
  od -An -v -tu1 "$1" | sed -E 's/^ +//; s/ +/,/g; s/$/,/'
  printf '};\n'
}

# zip_up FOLDER FILE: times and rights are part of a zip file's bytes, so they are always the same.
zip_up() {
  python3 - "$1" "$2" <<'END'
import pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED) as out:
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        info = zipfile.ZipInfo(str(file.relative_to(folder.parent)), (1980, 1, 1, 0, 0, 0))
        info.external_attr = 0o644 << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        out.writestr(info, file.read_bytes())
END
}

rm -rf "$library" "$library-$version.zip"
mkdir -p "$library/src"
cut_core
cut_port
cut_server
array_of models/story.thm thimble_story_model >"$library/src/thimble_story_model.h"
for manifest in library.properties library.json; do fill_in "ports/arduino/$manifest.in" "$library/$manifest"; done
cp -R ports/arduino/{keywords.txt,README.md,examples,extras} LICENSE "$library"
zip_up "$library" "$library-$version.zip"
echo "$library-$version.zip: $(find "$library" -type f | wc -l) files"
