#!/usr/bin/env bash
# firmware/story tells what `thimble run` tells, and how fast. Usage: story_test.sh THIMBLE PROMPT SEED COMMAND...
# COMMAND runs the program on some port.
set -euo pipefail

thimble=$1 prompt=$2 seed=$3
shift 3
model=$(dirname "${BASH_SOURCE[0]}")/../../models/story.thm
speed='^(log: )?[0-9]+ tokens, [0-9]+\.[0-9] a second$'

said=$("$@" "$prompt" "$seed" 2>&1) || { echo "$said" && exit 1; }
told=$("$thimble" run "$model" -p "$prompt" -s "$seed" -q)
diff <(echo "$prompt$told") <(sed '$d' <<<"$said")
tail -n 1 <<<"$said" | grep -E "$speed"
