#!/usr/bin/env bash
# firmware/sd_stream on the desktop's port, whose memory is a chip's: a model that does not fit, and what a card can have.
# Usage: sd_stream_test.sh THIMBLE SD_STREAM WORK
set -euo pipefail
thimble=$1 sd_stream=$2 work=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prompt='A cat named Tom'
rm -rf "$work"
mkdir -p "$work"
cd "$work"  # paths on a card have 63 bytes at most (ports/board.h), and who checks out has longer ones
work=.
mkdir -p "$work/card" "$work/other" "$work/empty" "$work/folder.thm"

fail() {
  echo "FAILS: $1"
  cat "$work/text" "$work/log"
  exit 1
}
expect() { grep -aqF -- "$2" "$work/$1" || fail "no \"$2\" in the $1"; }
# tell FOLDER TOKENS; the story goes to $work/text, the log to $work/log.
tell() { "$sd_stream" "$1" "$prompt" 34 "$2" >"$work/text" 2>"$work/log"; }
# tells_as_run MODEL TOKENS: text and hash are those of `thimble run`.
tells_as_run() {
  local told
  told=$prompt$("$thimble" run "$1" -p "$prompt" -s 34 -n "$2" --hash 2>"$work/run")
  [[ $(<"$work/text") == "$told" ]] || fail 'another story than thimble run'
  expect log "$(grep '^logits hash' "$work/run")"
}

# 52 MB of weights for 8 MB of memory; the first name is taken, whatever else lies there.
"$thimble" synth --like tiny-llm --type f32 "$work/card/a.thm" >/dev/null
cp "$here/../../models/story.thm" "$work/card/b.THM"
cp "$here/../../models/story.thm" "$work/card/._a.thm"
tell "$work/card" 6
tells_as_run "$work/card/a.thm" 6
streamed=$(sed -n 's/.*in memory, \([0-9]*\) read for every token.*/\1/p' "$work/log")
bytes=$(sed -n 's/^card: \([0-9]*\) bytes in .*/\1/p' "$work/log")
((streamed > 3000000 && bytes >= 6 * streamed)) || fail "$bytes bytes for 6 times $streamed"
grep -aqE ' reads, waited for [0-9.]+ of [0-9.]+ s \(overlap [0-9]+ %\); [0-9]+ stalls, 0 read again$' "$work/log" ||
  fail 'no figures of the card'

# One that fits is read once.
cp "$here/../../models/story.thm" "$work/other/story.thm"
THIMBLE_CARD=$work/other "$sd_stream" >"$work/text" 2>"$work/log"
expect log ', 0 read for every token'
tell "$work/other" 20
tells_as_run "$work/other/story.thm" 20

refused() {
  if tell "$1" 5; then fail "no refusal of $1"; fi
  expect log "$2"
  expect log "$3"
}
refused "$work/none" 'error: read failed: ' 'put it back'
if THIMBLE_CARD=$work/none "$sd_stream" >"$work/text" 2>"$work/log"; then fail 'a card that is not there'; fi
expect log 'no card answers: '
if env -u THIMBLE_CARD "$sd_stream" >"$work/text" 2>"$work/log"; then fail 'no card was named'; fi
expect log 'no card slot was chosen: '
refused "$work/empty" 'error: not ready: model' 'there is no .thm file on the card: '
head -c 3000000 "$work/card/a.thm" >"$work/empty/cut.thm"
refused "$work/empty" 'error: truncated: file: found 3000000' 'the copy is not whole'
head -c 10 "$work/card/a.thm" >"$work/empty/cut.thm"
refused "$work/empty" 'error: truncated' 'the copy is not whole'
head -c 100000 /dev/zero >"$work/empty/cut.thm"
refused "$work/empty" 'error: not a .thm file' 'thimble convert'
# A weight that is wrong is found when it comes.
cp "$work/card/a.thm" "$work/empty/cut.thm"
printf '\377\377\377\377' | dd of="$work/empty/cut.thm" bs=1 seek=50000000 conv=notrunc status=none
refused "$work/empty" 'error: corrupt' 'the copy is not whole'
echo 'a model on a card'
