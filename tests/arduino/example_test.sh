#!/usr/bin/env bash
# The examples tell what `thimble run` tells. Usage: example_test.sh EXAMPLE SKETCH THIMBLE MODEL
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
example=$1 sketch=$2 thimble=$3 model=$4
seed=7 beginning='Once upon a time'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

told="$beginning$("$thimble" run "$model" -p "$beginning" -s $seed -q)"

# says TEXT COMMAND...: the text is in the output.
says() {
  local text=$1 said
  shift
  said=$("$@")
  [[ $said == *"$text"* ]] || { printf 'expected:\n%s\n\nin:\n%s\n' "$text" "$said" && exit 1; }
}

words() { tr -s ' \n' '\n' | sed '/^$/d'; }

case $example in
  Story)
    says 'ESP32-Fake, 240 MHz, flash 4 MB, PSRAM 0 MB, 318 kB of memory free' "$sketch" 0 $seed
    says "$told" "$sketch" 1 $seed
    says "a second, seed $seed)" "$sketch" 1 $seed
    ;;
  StoryFromFlash)
    says "$told" "$sketch" 1 $seed --partition "$model"
    cp "$model" "$work/story.thm"
    says "$told" "$sketch" 1 $seed --ffat "$work"
    says 'there is no partition "model"' "$sketch" 1 $seed --ffat "$work"
    says 'FFat does not start' "$sketch" 1 $seed
    says 'there is no file /ffat/story.thm' "$sketch" 1 $seed --ffat "$work/nowhere"
    head -c 1000 /dev/zero >"$work/empty"
    says 'holds no model. Write one there: esptool write_flash 0x210000 story.thm' "$sketch" 1 $seed \
      --partition "$work/empty"
    ;;
  StreamFromSD)
    # 1 MB of weights for less than 300 kB of memory.
    mkdir "$work/card"
    "$thimble" synth --like stories260K --type f32 --seq 128 "$work/card/story.thm"
    random="$beginning$("$thimble" run "$work/card/story.thm" -p "$beginning" -s $seed -q)"
    says "$random" "$sketch" 1 $seed --card "$work/card"
    [[ $("$sketch" 0 $seed --card "$work/card") =~ ' bytes, of which '([0-9]+)' are read for each token' ]]
    ((BASH_REMATCH[1] > 500000))
    cp "$model" "$work/card/story.thm"
    says "$told" "$sketch" 1 $seed --card "$work/card"
    says 'No card answers' "$sketch" 1 $seed
    says 'there is no file /sdcard/story.thm' "$sketch" 1 $seed --card "$work"
    head -c 1000 /dev/zero >"$work/card/story.thm"
    says '/sdcard/story.thm is no model' "$sketch" 1 $seed --card "$work/card"
    head -c 100000 "$model" >"$work/card/story.thm"
    says 'truncated' "$sketch" 1 $seed --card "$work/card"
    ;;
  WebStory)
    says 'http://192.168.0.7/' "$sketch" 1 $seed
    told=${told#"$beginning"}
    says "${told%%[\"$'\n']*}" "$sketch" 400 $seed --ask "{\"prompt\":\"$beginning\",\"seed\":$seed}"
    says '"finish_reason":"stop"' "$sketch" 400 $seed --ask "{\"prompt\":\"$beginning\",\"seed\":$seed}"
    (($(wc -l <"$root/ports/arduino/examples/WebStory/WebStory.ino") < 30))
    ;;
  StoryOnScreen)
    # A loop() for each token and for the end. A line of the display has 21 letters between bars; the last screen ends as
    # the story does.
    tokens=$("$thimble" run "$model" -p "$beginning" -s $seed 2>&1 >/dev/null |
      sed -n 's/^generated *\([0-9]*\) tokens.*/\1/p')
    "$sketch" $((tokens + 1)) $seed >"$work/screens"
    ! grep -vE '^\|.{21}\|$|^$' "$work/screens"
    tail -n 9 "$work/screens" | tr -d '|' | words >"$work/end"
    (($(wc -l <"$work/end") > 20))
    diff <(words <<<"$told" | tail -n "$(wc -l <"$work/end")") "$work/end"
    ;;
esac
