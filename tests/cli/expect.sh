# What cli_test.sh expects of a run. Each run leaves its output in the files `out` and `err`.
failures=0
last_run=""

fail() {
  failures=$((failures + 1))
  echo "FAILED: $1"
  [ -n "$last_run" ] && echo "  after: thimble $last_run"
  [ -s err ] && sed 's/^/  stderr: /' err | head -5
  return 0
}

# expect_rc CODE ARGUMENTS...: runs the program with no input.
expect_rc() {
  local code=$1
  shift
  last_run="$*"
  "$thimble" "$@" < /dev/null > out 2> err
  local rc=$?
  [ "$rc" -eq "$code" ] || fail "exit code $rc, expected $code"
}

expect_no_stdout() { [ ! -s out ] || fail "stdout is not empty"; }
expect_no_stderr() { [ ! -s err ] || fail "stderr is not empty"; }
expect_stdout_has() { grep -qF -- "$1" out || fail "stdout lacks: $1"; }
expect_stdout_lacks() { ! grep -qF -- "$1" out || fail "stdout has: $1"; }
expect_stdout_matches() { grep -qE -- "$1" out || fail "stdout does not match: $1"; }
expect_stderr_has() { grep -qF -- "$1" err || fail "stderr lacks: $1"; }
expect_stderr_lacks() { ! grep -qF -- "$1" err || fail "stderr has: $1"; }
expect_same() { cmp -s "$1" "$2" || fail "$1 and $2 differ"; }
expect_different() { ! cmp -s "$1" "$2" || fail "$1 and $2 are the same"; }

expect_one_line_of_stderr() {
  [ "$(wc -l < err)" -eq 1 ] || fail "stderr is not one line"
  grep -q '^thimble: ' err || fail "stderr does not begin with the program's name"
  expect_stderr_has "$1"
}

# refused CODE TEXT ARGUMENTS...: nothing on stdout, one line with TEXT on stderr.
refused() {
  local code=$1 text=$2
  shift 2
  expect_rc "$code" "$@"
  expect_no_stdout
  expect_one_line_of_stderr "$text"
}

# overwrite FILE OFFSET PRINTF_TEXT
overwrite() {
  # shellcheck disable=SC2059
  printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2> /dev/null
}
