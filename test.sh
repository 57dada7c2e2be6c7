#!/usr/bin/env bash
# Builds and runs every test that needs no board, installing what is missing.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
export LC_ALL=C
# shellcheck source=scripts/packages.sh
. scripts/packages.sh
# shellcheck source=scripts/build.sh
. scripts/build.sh
# shellcheck source=scripts/groups.sh
. scripts/groups.sh
# shellcheck source=scripts/emulators.sh
. scripts/emulators.sh
# shellcheck source=scripts/processors.sh
. scripts/processors.sh
# shellcheck source=scripts/idf.sh
. scripts/idf.sh
# shellcheck source=scripts/arduino.sh
. scripts/arduino.sh
# shellcheck source=scripts/web.sh
. scripts/web.sh
# shellcheck source=scripts/parity.sh
. scripts/parity.sh

readonly logs=build/logs
passed=0 failed=0 skipped=0  # tests, all groups together
summary=()

usage() {
  cat <<'END'
Usage: ./test.sh [--yes] [--list] [--help] [GROUP...]

Builds and runs the tests of each GROUP, by default of all that need no board.
`./test.sh quick` needs a C++ compiler and CMake only and takes about a minute.

  --yes    install missing packages through sudo without asking (root is never asked)
  --list   name the groups

Environment: JOBS (parallel compilations and tests), THIMBLE_FUZZ_RUNS (inputs per parser).
The last line reads "N passed, N failed, N skipped"; the status is 1 when anything failed.
END
}

list_groups() {
  local group
  for group in quick "${all_groups[@]}"; do printf '%-10s %s\n' "$group" "$(describe_group "$group")"; done
}

# missing_for GROUP...: the packages that the groups need and that are not there, one per line.
missing_for() {
  local group
  local -a needs
  mapfile -t needs < <(for group; do packages_of_group "$group"; done | sort -u)
  missing_packages "${needs[@]}"
}

# install_for GROUP...: what the groups lack and the distribution has; a group that stays without is skipped later.
install_for() {
  local name
  local -a missing wanted=()
  [[ -n $(missing_for "$@") ]] || return 0
  ensure_package_lists
  mapfile -t missing < <(missing_for "$@")
  for name in "${missing[@]}"; do
    if ! command -v apt-cache >/dev/null || distribution_has "$name"; then wanted+=("$name"); fi
  done
  install_packages "${wanted[@]}"
}

# run_group GROUP: runs it with its output in a log, adds its figures and a line of the summary.
run_group() {
  local group=$1 log=$logs/$1.log start=$SECONDS status=0 missing
  missing=$(missing_for "$group" | tr '\n' ' ')
  if [[ -n $missing ]]; then
    skipped=$((skipped + 1))
    summary+=("$(printf '%-10s skipped: the distribution lacks %s' "$group" "$missing")")
    echo "${summary[-1]}"
    return
  fi
  printf '%-10s %s ... ' "$group" "$(describe_group "$group")"

  counts=$logs/$group.counts
  : >"$counts"
  set +e  # not `if group`: bash would then ignore every failure but the last command's
  (
    set -e
    "group_$group"
  ) >"$log" 2>&1 </dev/null
  status=$?
  set -e
  add_up "$group" "$status" $((SECONDS - start))
}

# add_up GROUP STATUS SECONDS
add_up() {
  local p f s word=ok
  read -r p f s < <(awk '{ n[$1] += $2 } END { print n["passed"] + 0, n["failed"] + 0, n["skipped"] + 0 }' "$counts")
  if [[ $2 != 0 ]]; then
    word=FAILED
    ((f > 0)) || f=1  # it ended before its tests did: the build failed
  elif ((p + f + s == 0)); then
    word='FAILED (ran no test)'
    f=1
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  summary+=("$(printf '%-10s %6d passed %4d failed %4d skipped %5d s' "$1" "$p" "$f" "$s" "$3")")
  echo "$word, $3 s"
  if [[ $word != ok ]]; then
    tail -n 40 "$logs/$1.log"
    grep '^FAILED: ' "$logs/$1.log" || true
    echo "all of it: $PWD/$logs/$1.log"
  fi
}

main() {
  local -a groups=()
  while (($# > 0)); do
    case $1 in
      --help | -h) usage && exit ;;
      --list) list_groups && exit ;;
      --yes) assume_yes=1 ;;
      *)
        if ! describe_group "$1" >/dev/null; then
          echo "no group named $1; there are:" >&2
          list_groups >&2
          exit 2
        fi
        groups+=("$1")
        ;;
    esac
    shift
  done
  ((${#groups[@]} > 0)) || groups=("${all_groups[@]}")

  mkdir -p "$logs"
  install_for "${groups[@]}" || exit 1
  local group
  for group in "${groups[@]}"; do run_group "$group"; done

  echo
  printf '%s\n' "${summary[@]}"
  echo
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0))
}

main "$@"
