#!/usr/bin/env bash
# The nm gate: links libraries into one object and holds what that still wants, and what it keeps, against the rules.
# Usage: check_symbols.sh LIBRARY.a...
set -euo pipefail
allowed=$(dirname "${BASH_SOURCE[0]}")/allowed_symbols.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ld -r --whole-archive "$@" -o "$work/core.o"

# Undefined symbols: malloc, printf, abort, operator new, __cxa_*, expf, pthread_* would all appear here.
nm -u --format=posix "$work/core.o" | cut -d ' ' -f 1 | sort -u >"$work/wanted"
grep -v '^#' "$allowed" | sort -u >"$work/allowed"
comm -23 "$work/wanted" "$work/allowed" >"$work/refused"

# Memory that the program could change outside of what the caller lent: two engines must be able to live in one
# program, so there is none. Constructors that run before main would be hidden state as well.
objdump -h "$work/core.o" | awk '
  $2 ~ /^\.(data|bss|tdata|tbss|init_array|ctors)(\.|$)/ && $2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0+$/ { print $2 }
' >"$work/writable"

while read -r symbol; do
  echo "not on the allow-list: $(c++filt "$symbol"), wanted by"
  nm -A -u --format=posix "$@" 2>/dev/null | awk -v s="$symbol" '$2 == s { sub(/:$/, "", $1); print "    " $1 }' | sort -u
done <"$work/refused"
while read -r section; do
  echo "section $section is not empty: the core may not keep changing globals or run constructors; see"
  objdump -t "$work/core.o" | awk -v s="$section" '$0 ~ ("[ \t]" s "[ \t]") && $(NF-1) !~ /^0+$/ { print "    " $NF }' | c++filt
done <"$work/writable"

[[ ! -s $work/refused && ! -s $work/writable ]]
echo "the core wants only: $(tr '\n' ' ' <"$work/wanted")"
