#!/usr/bin/env bash
# Files that are compiled for more than the baseline processor may give the rest of the program nothing but their
# kernels: an inline function that they emit is one that the linker may choose for everybody.
# Usage: check_isolation.sh LIBRARY.a
# THIMBLE_TOOL_PREFIX names another target's tools.
set -euo pipefail
tools=${THIMBLE_TOOL_PREFIX:-}

mapfile -t members < <("${tools}ar" t "$1" | grep -E '^(avx|neon_dot)')
((${#members[@]} > 0)) || { echo "$1 has no set for a processor"; exit 1; }
"${tools}nm" -A -C --defined-only "$1" | awk '
  $1 ~ /:(avx|neon_dot)[^:]*:/ && $2 ~ /^[WVu]$/ { print "anybody may be given this: " $0; failed = 1 }
  END { exit failed }'
echo "${#members[@]} files keep to themselves"
