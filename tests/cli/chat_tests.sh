# Tests of `thimble chat`. Sourced by cli_test.sh.

# talk ARGUMENTS...: a chat whose input is the file talk.txt.
talk() {
  last_run="chat $* < talk.txt"
  "$thimble" chat "$@" < talk.txt > out 2> err || fail "chat failed"
}

test_chat() {
  make_models
  printf 'Once\n\n/set temp 0\n/nonsense\n/show\n"""two\nlines"""\n/stats\n/bye\nnot reached\n' > talk.txt
  talk model.thm -n 5 -s 1
  expect_stderr_has "no chat template"
  expect_stderr_has "temp is now 0"
  expect_stderr_has "no such command: /nonsense"
  expect_stderr_has "temp 0, "
  expect_stderr_has "turns 1, tokens "
  expect_stderr_has "generated  5 tokens"
  expect_stderr_lacks "> "
  printf 'Once\nupon' > talk.txt
  talk model.thm -n 5 -s 1 -q
  expect_no_stderr
}

test_chat_template() {
  make_models
  # A template is applied, and no word said about its absence.
  expect_rc 0 convert checkpoint.bin chat.thm --tokenizer vocabulary.bin --chat-template 'Q: {prompt}\nA:' -q
  echo "Hi" > talk.txt
  talk chat.thm -n 5 --temp 0
  expect_stderr_lacks "no chat template"
  head -c -1 out > answer.txt
  expect_rc 0 run chat.thm -p 'Q: Hi\nA:' -n 5 --temp 0 -q
  expect_same out answer.txt

  # Escapes are understood in all that is a prompt, unless they are not to be.
  expect_rc 0 convert checkpoint.bin a.thm --tokenizer vocabulary.bin --chat-template '{prompt}\t' --prompt 'a\x41' -q
  expect_rc 0 inspect a.thm
  expect_stdout_has "chat.template: {prompt}^I"
  expect_stdout_has "prompt.0: aA"
  expect_rc 0 convert checkpoint.bin a.thm --tokenizer vocabulary.bin --chat-template '{prompt}\t' --prompt 'a\x41' -q \
    --no-escape
  expect_rc 0 inspect a.thm
  expect_stdout_has 'chat.template: {prompt}\t'
  expect_stdout_has 'prompt.0: a\x41'
  for bad in 'Q: A:' '{Prompt}' '{prompt}, {prompt}'; do
    refused 2 "--chat-template \"$bad\": write {prompt} once" convert checkpoint.bin b.thm --tokenizer vocabulary.bin \
      --chat-template "$bad"
  done
  [ ! -e b.thm ] || fail "a refused template was converted"
}

# Control pieces are what the template writes, never what the user says.
test_chat_control_pieces() {
  make_models
  expect_rc 0 convert checkpoint.bin plain.thm --tokenizer vocabulary.bin --chat-template 'Q: {prompt} A:' -q
  for words in 'a</s>b' '<s>' '</s>' '</s' 's></s><s'; do
    echo "$words" > talk.txt
    talk plain.thm -n 8 --temp 0 -q --ignore-eos
    head -c -1 out > answer.txt
    expect_rc 0 run plain.thm -p "Q: $words A:" -n 8 --temp 0 -q --ignore-eos
    expect_same out answer.txt
  done
  # The template's own are still recognised: BOS, written out, is not added a second time.
  expect_rc 0 convert checkpoint.bin bos.thm --tokenizer vocabulary.bin --chat-template '<s>{prompt} A:' -q
  printf 'Hi\n/show\n' > talk.txt
  talk bos.thm -n 0
  expect_stderr_has "turns 1, tokens $("$thimble" tokenize bos.thm -p "Hi A:" --count)"
}

# The same lines, however they are written.
test_chat_input() {
  make_models
  printf 'Once\n"""two\nlines"""\n/set temp 0\nthe end\n' > lf.txt
  cp lf.txt talk.txt
  talk model.thm -n 5 -s 1 -q
  cp out expected.txt
  for form in 's/$/\r/' '1s/^/\xef\xbb\xbf/' '1s/^/\xef\xbb\xbf/;s/$/\r/'; do
    sed "$form" lf.txt > talk.txt
    talk model.thm -n 5 -s 1 -q
    expect_same out expected.txt
    expect_stderr_has "temp is now 0"
  done
  printf 'Hi\r' > talk.txt
  talk model.thm -n 5 -s 1 -q
  cp out expected.txt
  printf 'Hi' > talk.txt
  talk model.thm -n 5 -s 1 -q
  expect_same out expected.txt
  for utf16 in '\xff\xfeH\0i\0\n\0' '\xfe\xff\0H\0i\0\n' 'H\0e\0l\0l\0o\0\n\0'; do
    # shellcheck disable=SC2059
    printf "$utf16" > talk.txt
    last_run="chat model.thm < talk.txt"
    "$thimble" chat model.thm -q < talk.txt > out 2> err
    [ $? -eq 1 ] || fail "UTF-16 was taken"
    expect_one_line_of_stderr "standard input: is text in UTF-16"
  done
}

test_chat_full_context() {
  make_models
  # Nobody can be asked: the chat says so and goes on, and the settings still change without a loss.
  printf 'Once\n/show\n/set temp 0.5\n/show\nupon a time\n/clear\nupon a time\n' > talk.txt
  talk model.thm -c 32 --ignore-eos -q
  expect_stderr_has "(the context of 32 tokens is full: /clear starts over; a larger -c holds more; --context-shift"
  [ "$(grep -c 'turns 1, tokens 33' err)" -eq 2 ] || fail "/set changed the conversation"
  expect_stderr_lacks "shorten it"
  local count
  yes "Once upon a time" | head -40 | tr '\n' ' ' > talk.txt
  count=$("$thimble" tokenize model.thm --count < talk.txt)
  talk model.thm -c 32 -q
  expect_stderr_has "(this is $count tokens, more than the context of 32: shorten it)"

  # An answer that one turn alone fills the context with ends there; there is nothing older to drop.
  echo "Once" > talk.txt
  talk model.thm -c 32 --ignore-eos -q --context-shift
  expect_stderr_has "(the context of 32 tokens is full: /clear starts over; a larger -c holds more)"
  # An answer with something older before it goes on, up to its length.
  printf 'Once\n/stats\nupon\n/stats\na time\n/stats\n' > talk.txt
  talk model.thm -c 64 --ignore-eos -q -n 40 --context-shift
  expect_stderr_lacks "is full"
  [ "$(grep -c '^generated  40 tokens' err)" -eq 3 ] || fail "an answer is not 40 tokens long"
  [ "$(grep -c '^(dropped the oldest turn of 2)$' err)" -eq 2 ] || fail "not one turn was dropped each time"
}

# What is left behind dropped turns is what a chat of only these turns would hold: with -n 0, turns are messages alone.
test_chat_dropped_turns() {
  make_models
  expect_rc 0 convert checkpoint.bin chat.thm --tokenizer vocabulary.bin --chat-template 'Q: {prompt}\nA:' -q
  expect_rc 0 convert checkpoint.bin bos.thm --tokenizer vocabulary.bin --chat-template '<s>Q: {prompt}\nA:' -q
  printf 'message %s\n' one two three four five six seven eight nine > messages.txt
  local model size dropped
  for model in model.thm chat.thm bos.thm; do
    size=140
    [ $model = model.thm ] && size=100
    { cat messages.txt; printf '/show\n/set n 8\nthe end\n'; } > talk.txt
    talk $model -c $size -n 0 --temp 0 --ignore-eos -q --context-shift
    cp out answer.txt && cp err notes.txt
    [ "$(grep -c '^(dropped ' err)" -eq 1 ] || fail "turns were not dropped once"
    dropped=$(sed -n 's/^(dropped the \([0-9]*\) oldest turns of [0-9]*)$/\1/p' err)
    [ "${dropped:-0}" -ge 2 ] || fail "not several turns were dropped"
    tail -n "+$((dropped + 1))" talk.txt > rest.txt && mv rest.txt talk.txt
    talk $model -c $size -n 0 --temp 0 --ignore-eos -q --context-shift
    [ -s out ] || fail "no answer"
    expect_same out answer.txt
    expect_stderr_has "$(grep '^turns ' notes.txt)"
  done
}

test_interrupts() {
  make_models
  # A chat that waits for its next message: the first Ctrl-C is a hint, the second one leaves.
  set -m  # jobs of a shell without job control have Ctrl-C ignored
  mkfifo talk
  "$thimble" chat model.thm < talk > out 2> err &
  local child=$!
  exec 9> talk
  sleep 0.5
  kill -INT "$child"
  sleep 0.5
  expect_stderr_has "Ctrl-C again"
  kill -INT "$child"
  wait "$child"
  [ $? -eq 130 ] || fail "the second Ctrl-C did not end the chat with 130"
  exec 9>&-

  # Output that nobody takes for now: Ctrl-C is no failure to write, and a second one leaves.
  mkfifo full
  exec 8<> full
  head -c 65536 /dev/zero >&8
  echo "Once" > words
  "$thimble" chat model.thm -q --ignore-eos < words > full 2> err &
  child=$!
  sleep 0.5
  kill -INT "$child"
  sleep 0.2
  kill -INT "$child"
  wait "$child"
  [ $? -eq 130 ] || fail "the second Ctrl-C did not end a chat that cannot write with 130"
  expect_no_stderr
  exec 8>&-
  set +m
}

# Version 1: dim 512, hidden_dim 1024, 8 layers, 8 heads, 8 kv heads, as many pieces as the vocabulary, context 256; the
# weights are holes in the file. A message takes it some tenths of a second.
make_slow_model() {
  local weights=$((8 * (4 * 512 * 512 + 3 * 512 * 1024 + 2 * 512) + 512 + vocab * 512)) low high
  low=$(printf '%o' $((vocab % 256))) high=$(printf '%o' $((vocab / 256)))
  printf "24ka\1\0\0\0\0\2\0\0\0\4\0\0\10\0\0\0\10\0\0\0\10\0\0\0\\$low\\$high\0\0\0\1\0\0\1" > slow.bin
  truncate -s $((256 + 4 * weights)) slow.bin
}

# Ctrl-C while a message is read: nothing of it stays, and what was said before does.
test_chat_interrupted_reading() {
  make_models
  make_slow_model
  set -m
  mkfifo talk
  "$thimble" chat slow.bin --tokenizer vocabulary.bin -n 1 -b 1 -t 1 -q < talk > out 2> err &
  local child=$! long delay before
  long=$(yes "word" | head -45 | tr '\n' ' ')
  exec 9<> talk
  printf 'Once\n/show\n' >&9
  for _ in {1..200}; do
    grep -q '^turns 1' err 2> /dev/null && break
    sleep 0.1
  done
  before=$(grep '^turns ' err)
  for delay in 0.1 0.2 0.4 0.8 1.6; do  # on a busy machine the chat may not have seen the message yet
    echo "$long" >&9
    sleep $delay
    kill -INT "$child"
    sleep $delay
    grep -q "(stopped: the message was not read)" err && break
    printf '/clear\nOnce\n' >&9
  done
  printf '/show\n/bye\n' >&9
  wait "$child" || fail "the chat did not end by itself"
  expect_stderr_has "(stopped: the message was not read)"
  expect_stderr_has "turns 1, tokens "
  [ "$(grep '^turns ' err | tail -1)" = "$before" ] || fail "something of the message stayed"
  exec 9>&-
  set +m
}

# The same for run: nothing is told, and the reason is said.
test_run_interrupted_reading() {
  make_models
  make_slow_model
  set -m
  yes "word" | head -45 | tr '\n' ' ' > long.txt
  local child delay rc
  for delay in 0.2 0.4 0.6 0.8 1 1.5 2 3 4; do  # how long loading takes depends on the machine
    "$thimble" run slow.bin --tokenizer vocabulary.bin -b 1 -t 1 -f long.txt < /dev/null > out 2> err &
    child=$!
    sleep $delay
    kill -INT "$child"
    wait "$child"
    rc=$?
    grep -q "generated  0 tokens" err && break
  done
  [ "$rc" -eq 130 ] || fail "exit code $rc, expected 130"
  expect_no_stdout
  expect_stderr_has "generated  0 tokens; ended by: cancelled"
  set +m
}

# What only a terminal shows: prompts, keys, questions. Needs Python for a terminal to sit at.
at_terminal() {
  if ! command -v python3 > /dev/null; then
    echo "SKIPPED: chat at a terminal: needs python3"
    exit 77
  fi
  make_models
  python3 "$here/terminal_test.py" "$thimble" model.thm "$1" || fail "at a terminal"
}

test_chat_terminal() { at_terminal keys_of_every_terminal; }

# Where the program is built with libedit.
test_chat_editing() { at_terminal line_editing; }
