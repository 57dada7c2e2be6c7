#!/usr/bin/env bash
# The dialogue of storyteller_dialogue.py with the desktop's storyteller, whose partition "model" is a file.
# Usage: dialogue_test.sh THIMBLE absent|good|damaged STORYTELLER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
thimble=$1 partition=$2 storyteller=$3
model=$here/../../models/story.thm
command -v python3 >/dev/null || { echo 'SKIPPED: needs python3' && exit 77; }

file=$(mktemp)
trap 'rm -f "$file"' EXIT
case $partition in
  good) { cat "$model" && head -c 40000 /dev/zero | tr '\0' '\377'; } >"$file" ;;  # a partition is larger than its model
  damaged) cp "$model" "$file" && printf '\377\377\377\377' | dd of="$file" bs=1 seek=100000 conv=notrunc status=none ;;
esac
export THIMBLE_PARTITION=
[[ $partition == absent ]] || THIMBLE_PARTITION=$file
python3 "$here/storyteller_dialogue.py" --thimble "$thimble" --model "$model" --partition "$partition" -- "$storyteller"
