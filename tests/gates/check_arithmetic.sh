#!/usr/bin/env bash
# Float instructions that would break "the same bits everywhere" (docs/NUMERICS.md): a division or a square root that
# is not ours, an estimate that differs between makers, a fused multiply-add. A grep for "/" could not see them.
# The sets for AVX2, AVX-512 and NEON divide by the processor: the IEEE quotient is what the law asks for there.
# Usage: check_arithmetic.sh LIBRARY.a...; ends with 77 on a machine whose instructions it does not know.
# THIMBLE_TOOL_PREFIX names another target's tools: "aarch64-linux-gnu-".
set -euo pipefail
tools=${THIMBLE_TOOL_PREFIX:-$(uname -m)-}

case ${tools%%-*} in
  x86_64) refused='v?(div|sqrt|rsqrt|rcp)(14|28)?[sp][sd]|vfn?m(add|sub)[a-z0-9]*|f(div|sqrt|idiv)[rp]*[sl]?' ;;
  aarch64) refused='fdiv|fsqrt|frsqrte|frsqrts|frecpe|frecps|fn?m(add|sub)|fml[as]' ;;
  *)
    echo "no table of instructions for ${tools%%-*}"
    exit 77
    ;;
esac

# Columns of objdump: address, instruction, operands; a line that ends in ">:" names the function.
"${THIMBLE_TOOL_PREFIX:-}objdump" -d -C --no-show-raw-insn "$@" | awk -v refused="^($refused)$" '
  />:$/ { where = $0 }
  $2 ~ /^vdiv[ps]s$/ && where ~ /_avx(2|512ifma)(<[a-z]+>)?\(/ { ++count; next }
  $2 == "fdiv" && $3 ~ /^v/ && where ~ /_neon\(/ { ++count; next }
  $1 ~ /^[0-9a-f]+:$/ { ++count; if ($2 ~ refused) { print where "  " $0; failed = 1 } }
  END {
    if (count == 0) { print "nothing was disassembled"; exit 1 }
    if (!failed) print count " instructions, none refused"
    exit failed
  }'
