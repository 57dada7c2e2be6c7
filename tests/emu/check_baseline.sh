#!/usr/bin/env bash
# Instructions, memory and code of the emulator images against figures on record.
# Usage: check_baseline.sh BASELINE MODELS           fails when a figure grew by more than 2 %
#        check_baseline.sh BASELINE MODELS --write   puts the figures of today in their place
# MODELS: the folder that the group `emulators` makes. Lines of models that are not there are left out, except fixtures
# and the model that ships.
# Counts belong to a compiler: with others than those named in the file, nothing is compared and the status is 77.
set -euo pipefail

baseline=$1 models=$2 mode=${3:-check}
here=$(dirname "${BASH_SOURCE[0]}")

compilers() {
  echo "# compilers: $(riscv64-unknown-elf-gcc -dumpfullversion) $(clang-22 -dumpversion)" \
    "$(arm-none-eabi-gcc -dumpfullversion)"
}

# field LINE-START: the last number of the first line of the report that begins so.
field() { awk -v start="$1" 'index($0, start) == 1 { print $NF; exit }' <<<"$report"; }

# Prints instructions per token, bytes of the engine's memory, static bytes, bytes of stack, bytes of the core.
measure() {
  local preset=$1 model=$2 tokens=$3 image=build/$1/thimble_emu instructions code stack
  report=$("$here/run_image.sh" "$preset" "$image" "$model" --temp 0 --ignore-eos -n "$tokens" --count)
  instructions=$(field 'count token')
  [[ $preset != cortex-m33 ]] || instructions=-  # has no counter
  stack=$(awk '/^ram stack/ { print $3 }' <<<"$report")
  code=$("$here/core_size.sh" "build/$preset/firmware/emu/thimble_emu.map")
  echo "$instructions $(field 'ram plan-total') $(field 'ram static') $stack $code"
}

measured_with=$(grep '^# compilers:' "$baseline")
if [[ $mode != --write && $measured_with != "$(compilers)" ]]; then
  echo "measured with other compilers: $measured_with; here: $(compilers)"
  exit 77
fi

failed=0 compared=0
names=(instructions engine static stack code)
rows=()
while read -r preset model tokens old; do
  path=$models/$model.thm
  if [[ ! -f $path ]]; then
    rows+=("$preset $model $tokens $old")
    [[ $model != fixture* && $model != story ]] || { echo "missing: $path" && failed=1; }
    echo "left out, no such model here: $model"
    continue
  fi
  new=$(measure "$preset" "$path" "$tokens")
  rows+=("$preset $model $tokens $new")
  read -r -a before <<<"$old"
  read -r -a now <<<"$new"
  [[ $mode != --write ]] || continue
  for i in "${!names[@]}"; do
    [[ ${before[i]} != - ]] || continue
    compared=$((compared + 1))
    if ((now[i] * 100 > before[i] * 102)); then
      echo "GREW: $preset $model ${names[i]}: ${before[i]} -> ${now[i]}"
      failed=1
    elif ((now[i] * 100 < before[i] * 98)); then
      echo "shrank (write it down): $preset $model ${names[i]}: ${before[i]} -> ${now[i]}"
    fi
  done
done < <(grep -v '^#' "$baseline")

if [[ $mode == --write ]]; then
  {
    grep '^#' "$baseline" | grep -v '^# compilers:'
    compilers
    printf '%s\n' "${rows[@]}" |
      awk '{ printf "%-10s %-16s %4s %10s %8s %7s %6s %6s\n", $1, $2, $3, $4, $5, $6, $7, $8 }'
  } >"$baseline.new"
  mv "$baseline.new" "$baseline"
  cat "$baseline"
  exit 0
fi
echo "$compared figures compared"
((compared > 0 && failed == 0))
