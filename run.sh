#!/usr/bin/env bash
# Builds the thimble program, installing what is missing, and runs it. Without arguments it tells a story.
set -euo pipefail

caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/packages.sh
. scripts/packages.sh
# shellcheck source=scripts/build.sh
. scripts/build.sh

readonly log=build/logs/run.log
readonly thimble=$PWD/build/release/thimble
installed=

usage() {
  cat <<'END'
Usage: ./run.sh [--yes] [--help] [ARGUMENTS]

Builds the thimble program, installing what is missing, and runs it with ARGUMENTS
(./run.sh --help is this text, ./run.sh run --help the program's). Without arguments
it tells a story, with the model that ships here.

  --yes   install missing packages through sudo without asking (root is never asked)

Environment: JOBS (parallel compilations).
END
}

# logged COMMAND...: the output goes to the log; on failure its end is shown.
logged() {
  "$@" >>"$log" 2>&1 && return
  tail -n 30 "$log" >&2
  echo "That failed; all of it is in $PWD/$log" >&2
  exit 1
}

build_showing_progress() { build release "$@" 2>&1 | show_progress; }

# Passes make's lines on. A terminal is shown the percentages, anything else one line, and nobody anything when there is
# nothing to build. The descriptor 3 is stderr before it went to the log.
show_progress() {
  local line shown=''
  while IFS= read -r line; do
    echo "$line"
    [[ $line =~ ^\[\ *([0-9]+)%\]\ (Building|Linking) ]] || continue
    if [[ -t 3 ]]; then
      printf '\rbuilding %3d %%' "${BASH_REMATCH[1]}" >&3
    elif [[ -z $shown ]]; then
      echo 'building ...' >&3
    fi
    shown=1
  done
  [[ -z $shown || ! -t 3 ]] || printf '\r\e[K' >&3
}

# The tests need packages that the program does without, so a folder made here leaves them out (./test.sh adds
# them).
build_program() {
  mkdir -p build/logs
  : >"$log"
  if [[ ! -f build/release/Makefile ]] || ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" build/release/CMakeCache.txt; then
    echo 'configuring ...' >&2
    logged configure release -DTHIMBLE_QUICK_TESTS_ONLY=ON
  elif [[ -n $installed ]]; then
    logged configure release  # which finds what was not there before
  fi
  logged build_showing_progress "$@" 3>&2
}

tell_story() {
  build_program thimble
  exec "$thimble" run models/story.thm -p 'Once upon a time'
}

main() {
  while [[ ${1:-} == --yes || ${1:-} == --help ]]; do
    if [[ $1 == --help ]]; then
      usage
      exit 0
    fi
    assume_yes=1
    shift
  done

  local needed=(g++ cmake make libcli11-dev nlohmann-json3-dev libeigen3-dev) missing
  # Line editing in the chat and the server are worth one question, before the first build, but no refusal.
  local wanted=()
  [[ -f build/release/Makefile && ${1:-} != serve ]] || wanted=(libedit-dev libwebsockets-dev libjsmn-dev libqrencode-dev)
  mapfile -t missing < <(missing_packages "${needed[@]}" "${wanted[@]}")
  if install_packages "${missing[@]}"; then installed=${missing[*]}; else [[ -z $(missing_packages "${needed[@]}") ]] || exit 1; fi

  if (($# == 0)); then tell_story; fi
  build_program thimble
  cd "$caller"  # the arguments may name files from where the caller stands
  exec "$thimble" "$@"
}

main "$@"
