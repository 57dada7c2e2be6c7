#!/usr/bin/env bash
# Compiles the samples of the documents: each fenced block of C or C++ that mentions thimble. One without a main() is
# taken as the inside of a function, between sample_context.* and the end. Arduino sketches are left out.
# Usage: check_samples.sh ROOT INCLUDE_FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$1 include=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Blocks to files: README.md.12.cpp starts at line 12 of README.md.
extract() {
  awk -v prefix="$work/$(basename "$1")" '
    /^```(cpp|c)$/ && !file { file = prefix "." NR "." substr($0, 4); next }
    /^```/ { file = ""; next }
    file { print > file }' "$1"
}

compile() {  # FILE
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

for document in "$root"/README.md "$root"/docs/*.md; do
  [[ ! -f $document ]] || extract "$document"
done
count=0 failed=0
for sample in "$work"/*; do
  if [[ ! -f $sample ]] || ! grep -q thimble "$sample" || grep -q 'Thimble\.h\|thimble_story_model' "$sample"; then
    continue
  fi
  count=$((count + 1))
  compile "$sample" || { echo "does not compile: $(basename "$sample")" && failed=1; }
done
if ((count == 0)); then
  echo 'no document has a sample'
  exit 77
fi
echo "$count samples"
exit "$failed"
