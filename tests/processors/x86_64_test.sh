#!/usr/bin/env bash
# What processors of several ages choose at the start, and that it gives the pinned hashes. QEMU's emulation of a
# program (qemu-user) knows AVX2, but not AVX-512.
# Usage: x86_64_test.sh KERNEL_CHOICE HASH_PROBE HASHES; ends with 77 where QEMU is not installed.
set -euo pipefail
choice=$1 probe=$2 hashes=$3
command -v qemu-x86_64 >/dev/null || { echo 'qemu-x86_64 is not installed'; exit 77; }

try() {  # CPU WANTED
  local got
  got=$(qemu-x86_64 -cpu "$1" "$choice" 2>/dev/null)
  [[ $got == "$2" ]] || { echo "$1: chose $got, not $2"; exit 1; }
  echo "$1: $got, $(qemu-x86_64 -cpu "$1" "$probe" --expect "$hashes" 2>/dev/null | tail -1)"
}

try Nehalem generic
try SandyBridge generic  # AVX, and no AVX2
try Haswell avx2
