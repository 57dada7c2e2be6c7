# Sections of cli_test.sh about thimble serve as a command; what it serves: tests/server.

# start_server ARGUMENTS...: waits until it serves; its line is in the file `address`.
start_server() {
  last_run="serve $*"
  "$thimble" serve "$@" < /dev/null > out 2> err &
  server=$!
  for _ in $(seq 100); do
    grep '^serving' err > address && return
    kill -0 $server 2> /dev/null || break
    sleep 0.1
  done
  fail "it does not serve"
}

# It must end well. (A shell has its jobs in the background ignore Ctrl-C.)
end_server() {
  kill -TERM $server
  wait $server
  local rc=$?
  [ "$rc" -eq 0 ] || fail "exit code $rc, expected 0"
  expect_no_stdout
}

test_serve() {
  make_models
  "$thimble" serve model.thm --port 0 --host 203.0.113.1 < /dev/null > out 2> err
  ! grep -q 'built without a server' err || exit 77
  expect_stderr_has "203.0.113.1 port 0: cannot listen there"
  refused 2 "--port: 65536 is not a whole number from 0 to 65535" serve model.thm --port 65536
  refused 1 "missing.thm" serve missing.thm

  start_server model.thm --port 0
  grep -qE '^serving    http://127\.0\.0\.1:[1-9][0-9]*/$' address || fail "another address: $(cat address)"
  local port
  port=$(sed 's/.*:\([0-9]*\).*/\1/' address)
  cp err serving.err
  refused 1 "127.0.0.1 port $port: cannot listen there" serve model.thm --port "$port"
  cp serving.err err
  end_server
  expect_stderr_lacks "network"

  start_server model.thm --port 0 --host localhost -q
  end_server
  start_server model.thm --port 0 --host 0.0.0.0
  expect_stderr_has "whoever reaches this machine may ask; --api-key asks for a key"
  end_server
  start_server model.thm --port 0 --host 0.0.0.0 --api-key secret
  expect_stderr_lacks "whoever"
  expect_stderr_lacks "secret"
  end_server
  # Without MODEL it is the one that ships.
  start_server --port 0
  expect_stderr_has "no model was named; this is"
  end_server
}
