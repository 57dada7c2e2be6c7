#!/usr/bin/env bash
# The nm gate: links libraries into one object and holds what that still wants, and what it keeps, against the rules.
# Usage: check_symbols.sh LIBRARY.a...
# THIMBLE_TOOL_PREFIX names another target's tools, THIMBLE_LD_FLAGS what its linker needs, THIMBLE_MORE_SYMBOLS a list of
# symbols that are allowed there too.
set -euo pipefail
allowed=$(dirname "${BASH_SOURCE[0]}")/allowed_symbols.txt
tools=${THIMBLE_TOOL_PREFIX:-}
read -r -a ld_flags <<<"${THIMBLE_LD_FLAGS:-}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${tools}ld" "${ld_flags[@]}" -r --whole-archive "$@" -o "$work/core.o"

# Undefined symbols: malloc, printf, abort, operator new, __cxa_*, expf, pthread_* would all appear here.
"${tools}nm" -u --format=posix "$work/core.o" | cut -d ' ' -f 1 | sort -u >"$work/wanted"
cat "$allowed" ${THIMBLE_MORE_SYMBOLS:+"$THIMBLE_MORE_SYMBOLS"} | grep -v '^#' | sort -u >"$work/allowed"
comm -23 "$work/wanted" "$work/allowed" >"$work/refused"

# Memory that the program could change outside of what the caller lent: two engines must be able to live in one
# program, so there is none. Constructors that run before main would be hidden state as well.
"${tools}objdump" -h "$work/core.o" | awk '
  $2 ~ /^\.(s?data|s?bss|tdata|tbss|init_array|ctors)(\.|$)/ && $2 !~ /^\.data\.rel\.ro/ && $3 !~ /^0+$/ { print $2 }
' >"$work/writable"

while read -r symbol; do
  echo "not on the allow-list: $(c++filt "$symbol"), wanted by"
  "${tools}nm" -A -u --format=posix "$@" 2>/dev/null | awk -v s="$symbol" '$2 == s { sub(/:$/, "", $1); print "    " $1 }' | sort -u
done <"$work/refused"
while read -r section; do
  echo "section $section is not empty: the core may not keep changing globals or run constructors; see"
  "${tools}objdump" -t "$work/core.o" | awk -v s="$section" '$0 ~ ("[ \t]" s "[ \t]") && $(NF-1) !~ /^0+$/ { print "    " $NF }' | c++filt
done <"$work/writable"

[[ ! -s $work/refused && ! -s $work/writable ]]
echo "the core wants only: $(tr '\n' ' ' <"$work/wanted")"
