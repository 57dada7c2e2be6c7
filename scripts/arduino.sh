# shellcheck shell=bash
# Sourced by test.sh: the group `arduino`. The library for Arduino and PlatformIO is cut from the tree, looked at file by
# file, compiled as the ESP32 core compiles it, and its examples are run on a board of fakes.

readonly arduino_work=build/arduino

group_arduino() {
  local group_failed=0 library=$arduino_work/Thimble
  build_release
  rm -rf "$arduino_work"
  check 'the library is cut' scripts/package_arduino.sh "$arduino_work"
  ((group_failed == 0)) || return 1
  check 'its files' tests/arduino/check_package.sh . "$library"
  check 'that check can refuse' tests/arduino/self_test.sh . "$library"
  check 'the same tree gives the same bytes' cut_again
  check 'every chip, an old core, another board, no Arduino' tests/arduino/check_builds.sh . "$library"
  check 'samples of the documents compile' tests/consumer/check_samples.sh --arduino . "$library/src"
  if ! build_arduino "$library"; then
    check 'it compiles without a warning' false
    return 1
  fi
  ctest --test-dir "$arduino_work/build" -j "$JOBS" --output-junit "$PWD/$arduino_work/ctest.xml" || group_failed=1
  count_ctest "$arduino_work/ctest.xml"
  return "$group_failed"
}

cut_again() {
  scripts/package_arduino.sh "$arduino_work/again" &&
    cmp "$arduino_work"/Thimble-*.zip "$arduino_work"/again/Thimble-*.zip &&
    diff -r "$arduino_work/Thimble" "$arduino_work/again/Thimble"
}

build_arduino() {
  cmake -S tests/arduino -B "$arduino_work/build" -G 'Unix Makefiles' "-DTHIMBLE_LIBRARY=$PWD/$1" \
    "-DTHIMBLE_PROGRAM=$PWD/build/release/thimble" >/dev/null &&
    cmake --build "$arduino_work/build" -j "$JOBS"
}
