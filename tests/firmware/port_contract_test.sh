#!/usr/bin/env bash
# The contract of ports/port.h. Usage: port_contract_test.sh WORK COMMAND...
# COMMAND runs port_contract.cpp on some port; files are made in the folder WORK, whose path holds no comma and no space.
set -euo pipefail

work=$1
shift
mkdir -p "$work"
seq -f %07g 0 24999 | head -c 199997 >"$work/numbers"
: >"$work/empty"
{
  seq -f %07g 0 399
  printf 'é€🐾\t\\\n'
  printf 'holds: %s\n' text time memory storage workers
} >"$work/expected"

"$@" "$work/numbers" "$work/empty" "$work/none" >"$work/said" || {
  grep -v '^[0-9]*$' "$work/said"
  exit 1
}
diff "$work/expected" <(grep -v '^log: ' "$work/said")
