#!/usr/bin/env bash
# Every header compiles on its own, twice in a row, without a warning: the public ones with nothing but the public
# folder in sight, thimble.h by a C compiler as well.
# Usage: check_headers.sh ROOT GENERATED_INCLUDE
set -euo pipefail
root=$1 generated=$2
warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror)
count=0 failed=0

compile() {  # COMPILER-AND-FLAGS... HEADER
  local header=${*: -1}
  count=$((count + 1))
  if ! printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
    "${@:1:$#-1}" "${warnings[@]}" -I "$root/include" -I "$generated" -fsyntax-only -; then
    echo "$header does not stand alone"
    failed=1
  fi
}

headers_in() { (cd "$1" && find . \( -name '*.h' -o -name '*.hpp' \) -printf '%P\n' | sort); }

while read -r header; do
  compile c++ -x c++ -std=c++20 "$header"
done < <(headers_in "$root/include")
if [[ -f $root/include/thimble/thimble.h ]]; then
  compile cc -x c -std=c99 thimble/thimble.h
  compile cc -x c -std=c17 thimble/thimble.h
fi
while read -r header; do
  case $header in  # for files that are compiled for one processor
    kernels/avx*) [[ $(uname -m) == x86_64 ]] || continue; isa=(-mavx2 -mf16c -mavx512f -mavx512bw -mavx512vl -mavx512vnni -mavx512ifma) ;;
    kernels/neon/neon_vectors.h | kernels/neon/neon_dots.h) [[ $(uname -m) == aarch64 ]] || continue; isa=() ;;
    *) isa=() ;;
  esac
  compile c++ -x c++ -std=c++20 "${isa[@]}" -I "$root/src" "$header"
done < <(headers_in "$root/src")
while read -r header; do
  # ESP-IDF's headers are those of the fakes here.
  compile c++ -x c++ -std=c++20 -I "$root/src" -I "$root" -D FAKE_ESP32S3 -isystem "$root/tests/fakes/esp_idf" \
    -isystem /usr/include/eigen3 "$header"
done < <(cd "$root" && find ports tools apps -name '*.h' 2>/dev/null | sort)

((count > 0 && failed == 0))
echo "$count headers stand alone"
