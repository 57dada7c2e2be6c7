#!/usr/bin/env bash
# Compiles the samples of the documents: each fenced block of C or C++ that mentions thimble. One without a main() is
# taken as the inside of a function, between sample_context.* and the end. With --arduino, those that are sketches, and
# they alone, against fakes of Arduino.
# Usage: check_samples.sh [--arduino] ROOT INCLUDE_FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wanted=program
if [[ $1 == --arduino ]]; then
  wanted=sketch
  shift
fi
root=$1 include=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Blocks to files: README.md.12.cpp starts at line 12 of README.md.
extract() {
  local name=${1#"$root"/}
  awk -v prefix="$work/${name//\//_}" '
    /^```(cpp|c)$/ && !file { file = prefix "." NR "." substr($0, 4); next }
    /^```/ { file = ""; next }
    file { print > file }' "$1"
}

compile_program() {  # FILE
  local language=c++ standard=c++20 context=$here/sample_context.hpp whole=$1
  if [[ $1 == *.c ]]; then language=c standard=c99 context=$here/sample_context.h; fi
  if ! grep -q 'main(' "$1"; then
    whole=$1.whole
    # The block in braces of its own, so that it may declare again what the context already has.
    { grep '^#' "$1" || true; cat "$context"; echo '{'; grep -v '^#' "$1"; echo '} THIMBLE_SAMPLE_END }'; } >"$whole"
  fi
  local compiler=c++
  [[ $language == c++ ]] || compiler=cc
  "$compiler" -x "$language" -std=$standard -Wall -Wextra -Werror -Wno-unused -I "$include" -fsyntax-only "$whole"
}

compile_sketch() {  # FILE
  c++ -x c++ -std=gnu++2a -DARDUINO=10607 -DARDUINO_ARCH_ESP32 -DESP_PLATFORM -include Arduino.h -Wall -Wextra -Werror \
    -I "$here/../fakes/arduino" -I "$include" -fsyntax-only "$1"
}

for document in "$root"/README.md "$root"/docs/*.md "$root"/ports/arduino/README.md; do
  [[ ! -f $document ]] || extract "$document"
done
count=0 failed=0
for sample in "$work"/*; do
  if [[ ! -f $sample ]] || ! grep -q thimble "$sample"; then continue; fi
  kind=program
  if grep -q 'Thimble\.h\|thimble_story_model' "$sample"; then kind=sketch; fi
  if [[ $kind != "$wanted" ]]; then continue; fi
  count=$((count + 1))
  "compile_$kind" "$sample" || { echo "does not compile: $(basename "$sample")" && failed=1; }
done
if ((count == 0)); then
  echo 'no document has a sample'
  exit 77
fi
echo "$count samples"
exit "$failed"
