#!/usr/bin/env bash
# Files that are compiled for more than the baseline processor may give the rest of the program nothing but their
# kernels: an inline function that they emit is one that the linker may choose for everybody.
# Usage: check_isolation.sh LIBRARY.a
set -euo pipefail

mapfile -t members < <(ar t "$1" | grep '^avx')
((${#members[@]} > 0)) || { echo "$1 has no set for a processor"; exit 1; }
nm -A -C --defined-only "$1" | awk '
  $1 ~ /:avx[^:]*:/ && $2 ~ /^[WVu]$/ { print "anybody may be given this: " $0; failed = 1 }
  END { exit failed }'
echo "${#members[@]} files keep to themselves"
