#!/usr/bin/env bash
# A dialogue with firmware/storyteller on the desktop's port, through pipes. Usage: storyteller_test.sh THIMBLE STORYTELLER WORK
set -euo pipefail

thimble=$1 storyteller=$2 work=$3
model=$(dirname "${BASH_SOURCE[0]}")/../../models/story.thm
mkdir -p "$work"

fail() {
  echo "FAILS: $1"
  head -c 4000 "$work/text" "$work/log"
  exit 1
}
# talk LINE...: what is typed; the answers go to $work/text, the log to $work/log.
talk() { printf '%s\n' "$@" | "$storyteller" ${arguments+"${arguments[@]}"} >"$work/text" 2>"$work/log"; }
expect() { grep -aqF -- "$2" "$work/$1" || fail "no \"$2\" in the $1"; }

# The same text and hash as thimble run.
prompt='A cat named Tom'
told=$prompt$("$thimble" run "$model" -p "$prompt" -s 34 --hash 2>"$work/run")
hash=$(sed -n 's/^logits hash: //p' "$work/run")
talk '/seed 34' '/hash on' "$prompt" /stats /bench
[[ $(tr -d '\0' <"$work/text") == *"$told"* ]] || fail 'another story than thimble run'
expect text "logits hash: $hash"
expect log 'self-test: ok'
"$thimble" run "$model" -p 'Once upon a time' -s 42 -n 100 --hash >/dev/null 2>"$work/run"
expect text "\"hash\":\"$(sed -n 's/^logits hash: //p' "$work/run")\"}"
if command -v python3 >/dev/null; then
  sed -n 's/^> {/{/p' "$work/text" | python3 -c 'import json, sys; assert json.load(sys.stdin)["runs"] == 5' || fail JSON
fi

# Wrong input, and a last line without its end.
printf '/temp hot\n/tmep 1' | "$storyteller" >"$work/text" 2>"$work/log"
expect text '/temp takes a number from 0 to 10'
expect text '/tmep: no such command'

# A partition, a damaged one, a file, none of that name.
{
  cat "$model"
  head -c 70000 /dev/zero | tr '\0' '\377'
} >"$work/partition"
export THIMBLE_PARTITION=$work/partition
talk /model
expect log ' from partition model, 225408 bytes'
expect text '5 partition model: tells, 225408 bytes'
printf x | dd of="$work/partition" bs=1 seek=150000 conv=notrunc status=none
talk /model
expect text '5 partition model: passed over: corrupt'
expect text '6 built in: tells'
THIMBLE_PARTITION=$work/none talk /model
expect text '5 partition model: nothing there'
unset THIMBLE_PARTITION
arguments=("$model")
talk /model
expect log " from file $model"
arguments=("$work/none.thm" --test-memory)
talk /model
expect text "1 file $work/none.thm: nothing there"
expect text '7 built in: tells'
unset arguments

# Ctrl-C ends what is under way and not the program (a second one would, before the first was seen); the end of the input
# does. Where a try comes too soon or too late, another one may not: some processors are done in 10 ms.
set -m  # jobs of a shell without job control have Ctrl-C ignored
rm -f "$work/typed"
: >"$work/text"  # until the program begins, these are of the one before
: >"$work/log"
mkfifo "$work/typed"
"$storyteller" <"$work/typed" >"$work/text" 2>"$work/log" &
child=$!
exec 3>"$work/typed"
until grep -aq 'ready after' "$work/log" || ! kill -0 "$child"; do sleep 0.05; done  # from then on it takes Ctrl-C
for try in {0..63}; do
  printf '/bench\n' >&3
  sleep "0.0$((try % 8))"
  kill -INT "$child"
  printf '/temp 0.5\n' >&3
  for _ in {1..100}; do
    (($(grep -ac 'temp is 0.500' "$work/text") <= try)) || break
    sleep 0.05
  done
  ! grep -aq 'was stopped' "$work/text" || break
done
exec 3>&-
wait "$child" || fail 'the end of the input is no error'
expect text '/bench was stopped'
expect text 'temp is 0.500'
echo 'a dialogue as on a chip'
