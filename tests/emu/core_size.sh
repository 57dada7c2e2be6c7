#!/usr/bin/env bash
# Prints the bytes of the core in an emulator image: code and constants of the core's libraries that the link kept.
# Usage: core_size.sh MAP
#        core_size.sh MAP MOST    fails when it is more
set -euo pipefail

map=$1 most=${2:-}
bytes=$(awk '
  # "0x1a2b" to a number; awks differ in what they can do by themselves.
  function number(hex,  value, i) {
    value = 0
    for (i = 3; i <= length(hex); ++i) value = 16 * value + index("0123456789abcdef", substr(hex, i, 1)) - 1
    return value
  }
  /^Linker script and memory map/ { linked = 1 }  # before it: what was left out
  !linked { next }
  # A long name of a section has a line of its own before address, size and file.
  /^ \.[^ ]+$/ { section = $1; next }
  /^ \.[^ ]+ +0x/ { section = $1; $1 = ""; $0 = $0 }
  /^ *0x[0-9a-f]+ +0x[0-9a-f]+ .*libthimble_(base|format|text|kernels|engine|service)\.a/ {
    if (section ~ /^\.(text|literal|s?rodata)/) total += number($2)
  }
  { section = "" }
  END { print total + 0 }' "$map")
echo "$bytes"
((bytes > 0))
[[ -z $most ]] || ((bytes <= most))
