#!/usr/bin/env bash
# check_package.sh can refuse: each of these damages to a library must be found. Usage: self_test.sh ROOT LIBRARY
set -euo pipefail
root=$(cd "$1" && pwd)
check=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/check_package.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# refused WORDS COMMAND...: after the command, which runs in the library.
refused() {
  local words=$1 said
  shift
  rm -rf "$work/Thimble"
  cp -R "$library" "$work/Thimble"
  (cd "$work/Thimble" && "$@")
  if said=$("$check" "$root" "$work/Thimble") || [[ $said != *"$words"* ]]; then
    echo "NOT REFUSED ($words): $*"
    failed=1
  fi
}

library=$(cd "$2" && pwd)
cp "$(dirname "$library")"/Thimble-*.zip "$work"
refused 'base/math.cpp is missing' rm src/thimble_core/base/math.cpp
refused 'base/more.h has no original' cp src/thimble_core/base/math.h src/thimble_core/base/more.h
refused 'base/math.cpp is not its original' sed -i 's/const/volatile/' src/thimble_core/base/math.cpp
refused 'base/math.cpp has no guard' sed -i '/^#if THIMBLE_BUILDS_HERE/d' src/thimble_core/base/math.cpp
refused 'mac16_rows.S has no guard of its set' sed -i 's/ && defined(THIMBLE_MAC16)//' \
  src/thimble_core/kernels/mac16/mac16_rows.S
refused 'library.properties has another version' sed -i 's/^version=.*/version=9.9.9/' library.properties
refused 'library.json is not' sed -i 's/thimble_story_model.h/other.h/' library.json
refused 'keywords.txt does not know' sed -i '/^generate/d' keywords.txt
refused 'ffat overlaps' sed -i 's/0x310000/0x300000/' examples/StoryFromFlash/partitions.csv
refused 'names another address' sed -i 's/write_flash 0x210000/write_flash 0x200000/' \
  examples/StoryFromFlash/StoryFromFlash.ino
exit "$failed"
