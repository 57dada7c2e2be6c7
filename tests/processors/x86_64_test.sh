#!/usr/bin/env bash
# What processors of several ages choose at the start, and that each gives the hashes of this one. QEMU's emulation of a
# program (qemu-user) knows AVX2, but not AVX-512.
# Usage: x86_64_test.sh THIMBLE; ends with 77 where QEMU is not installed.
set -euo pipefail
thimble=$1
command -v qemu-x86_64 >/dev/null || { echo 'qemu-x86_64 is not installed'; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
types=(q8 q4 f32 f16)
for type in "${types[@]}"; do "$thimble" synth --like stories260K --type "$type" -q "$work/$type.thm"; done

hashes() {  # COMMAND...: one line
  local type
  for type in "${types[@]}"; do
    "$@" run "$work/$type.thm" -t 1 --temp 0 -p 'abcd efgh ijkl' -n 6 --ignore-eos --hash 2>&1 >/dev/null |
      grep -o 'hash.*' | tr '\n' ' '
  done
}

wanted=$(hashes "$thimble")
[[ $(grep -o hash <<<"$wanted" | wc -l) == "${#types[@]}" ]] || { echo "no hashes: $wanted"; exit 1; }
echo "here: $("$thimble" --version)"
while read -r cpu kernels; do
  emulated=(qemu-x86_64 -cpu "$cpu" "$thimble")
  version=$("${emulated[@]}" --version 2>/dev/null)
  [[ $version == *", $kernels kernels)"* ]] || { echo "$cpu: not $kernels, but $version"; exit 1; }
  got=$(hashes "${emulated[@]}")
  [[ $got == "$wanted" ]] || { printf '%s: other hashes\n%s\n%s\n' "$cpu" "$got" "$wanted"; exit 1; }
  echo "$cpu: $kernels kernels, the same hashes"
done <<'END'
Nehalem generic
SandyBridge generic
Haswell avx2
END
