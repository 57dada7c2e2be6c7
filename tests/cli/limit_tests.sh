# Sections of cli_test.sh about numbers, limits, and advice that must help where it is given.

test_numbers() {
  make_models
  # As sizes are said.
  expect_rc 0 run model.thm -p Once -n 20 -s 1 -q
  cp out twenty.txt
  for n in 2e1 0.02k 20.0; do
    expect_rc 0 run model.thm -p Once -n $n -s 1 -q
    expect_same out twenty.txt
  done
  expect_rc 0 inspect model.thm -b 1 --fast 150000
  cp out fast.txt
  for bytes in 150k 150kB 150K 0.15M 1.5e5; do
    expect_rc 0 inspect model.thm -b 1 --fast $bytes
    expect_same out fast.txt
  done
  expect_rc 0 inspect model.thm -b 1 --fast 131072
  cp out fast.txt
  expect_rc 0 inspect model.thm -b 1 --fast 128Ki
  expect_same out fast.txt
  # A flag is named as it was typed, with what it takes.
  local most=4294967295
  refused 2 "thimble: -n: x is not a whole number from -2 to $most" run model.thm -n x
  refused 2 "thimble: --n-predict: 1.5 is not a whole number from -2 to $most" run model.thm --n-predict 1.5
  refused 2 "thimble: -n: -3 is not a whole number from -2 to $most" run model.thm -n -3
  refused 2 "thimble: -c: 1.5 is not a whole number from 0 to 1048576" run model.thm -c 1.5
  refused 2 "thimble: -b: 9 is not a whole number from 1 to 8" run model.thm -b 9
  refused 2 "thimble: --top-k: 1.5 is not a whole number from -1 to 1000000" run model.thm --top-k 1.5
  refused 2 "thimble: --temp: warm is not a number from -1000000 to 1000000" run model.thm --temp warm
  refused 2 "thimble: --repeat-last-n: 300 is not a whole number from -1 to 256" run model.thm --repeat-last-n 300
  refused 2 "thimble: --color: blue is none of auto, always, never" run model.thm --color blue
  refused 2 "thimble: --ids: takes no value" run model.thm --ids=x
  refused 2 "thimble: -n: needs a value" run model.thm -n
  for bytes in -1 0 x 1.5 100000000000000000000 150q; do
    refused 2 "thimble: --fast: $bytes is not a number of bytes, such as 150000, 150k or 64Ki" \
      inspect model.thm --fast $bytes
  done
  refused 2 "thimble: --stories: -1 is not a whole number from 0 to $most" eval model.thm --text x --stories -1
}

# le32 NUMBER: its four bytes, for printf.
le32() { printf '\\%o\\%o\\%o\\%o' $(($1 % 256)) $(($1 / 256 % 256)) $(($1 / 65536 % 256)) $(($1 / 16777216)); }

# make_long OUT CONTEXT: a checkpoint of version 1 whose weights are zero, dim and hidden_dim 8, one layer, one head.
make_long() {
  local field
  {
    printf '24ka'
    for field in 1 8 8 1 1 1 "$vocab" "$2"; do
      # shellcheck disable=SC2059
      printf "$(le32 "$field")"
    done
    printf '\1'
    head -c $((256 - 37 + 4 * (vocab * 8 + 8 + 4 * 64 + 8 + 3 * 64 + 8))) /dev/zero
  } > "$1"
}

test_contexts() {
  make_models
  make_long long.bin 100000
  expect_rc 0 convert long.bin long.thm --tokenizer vocabulary.bin -q
  local note="thimble: context 65536 of 100000: a kv cache of i8 ends there; --kv-type f32 goes further"
  echo "Once upon a time" > text.txt
  expect_rc 0 run long.thm -n 2
  expect_stderr_has "$note"
  expect_rc 0 run long.thm -n 2 -q
  expect_no_stderr
  expect_rc 0 chat long.thm -n 2
  expect_stderr_has "$note"
  expect_rc 0 eval long.thm --text text.txt
  expect_stderr_has "$note"
  expect_rc 0 eval long.thm --text text.txt --against long.thm
  expect_stdout_matches '^same top-1 +100.000 %$'
  expect_rc 0 inspect long.thm
  expect_one_line_of_stderr "$note"
  expect_stdout_has "context      100000"
  expect_stdout_has "plan: context 65536, "
  expect_rc 0 selftest long.thm
  expect_no_stderr

  expect_rc 0 inspect long.thm -c 65536
  expect_no_stderr
  local refusal="-c 65537: a kv cache of i8 ends at 65536; give at most that, or --kv-type f32"
  for command in run chat inspect selftest; do refused 2 "$refusal" $command long.thm -c 65537; done
  refused 2 "$refusal" eval long.thm --text text.txt -c 65537
  expect_rc 0 inspect long.thm -c 65537 --kv-type f32
  expect_stdout_has "plan: context 65537, "
  expect_rc 0 inspect long.thm --kv-type f32
  expect_stdout_has "plan: context 100000, "
  expect_no_stderr
  refused 2 "more than the model's context of 100000" run long.thm -c 100001 --kv-type f32
}

# A context for which there is no memory, on a machine that is small because this shell says so.
test_memory() {
  make_models
  make_long long.bin 1048576
  expect_rc 0 convert long.bin long.thm --tokenizer vocabulary.bin --type f32 -q
  expect_rc 0 inspect long.thm
  expect_stdout_has "plan: context 1048576, "
  local whole
  whole=$(awk '$1 == "all" {print $2}' out)
  [ "$whole" -gt 67108864 ] || fail "the plan is too small for this test"
  (ulimit -v 100000) 2> /dev/null || { echo "skipped: no limit on memory here"; return; }
  (ulimit -v 100000 && "$thimble" run long.thm -t 1 -n 2 -v > out 2> err) || fail "no context was found that fits"
  last_run="run long.thm with 100 MB"
  grep -qE '^thimble: context [0-9]+ of 1048576: that fills half of the memory here; -c takes more$' err ||
    fail "no word about the context"
  local taken
  taken=$(awk '$1 == "all" {print $2}' err)
  [ "$taken" -le 51200000 ] && [ "$taken" -gt 51190000 ] || fail "the plan takes $taken bytes, not half of 102400000"
  (ulimit -v 80000 && "$thimble" run long.thm -t 1 -c 1048576 > out 2> err)
  [ $? -eq 1 ] || fail "a context without memory was not refused"
  expect_one_line_of_stderr "long.thm: out of memory: a context of 1048576 takes"
  expect_stderr_has "MiB; choose a smaller one with -c"
}

# Ten times as much model as memory. The limit counts what only a process has itself, not files that it maps.
test_bounded_memory() {
  local limit=16000 hash  # kB
  (ulimit -d $limit) 2> /dev/null || { echo "skipped: no limit on memory here"; return; }
  expect_rc 0 synth --like stories42M big.thm --type f32 -q
  expect_rc 0 run big.thm -t 1 -c 16 -p ab -n 2 --temp 0 -q --hash
  hash=$(cat err)
  expect_rc 0 export big.thm big.gguf -q
  rm big.thm
  # Into a pipe the image has to be whole first, and finds no room. Where it does, the limit is none.
  (ulimit -d $limit && "$thimble" convert big.gguf /dev/stdout --type f32 -q 2> err | cat > /dev/null
    exit "${PIPESTATUS[0]}") && { echo "skipped: the limit on memory is not kept here"; return; }
  expect_one_line_of_stderr " bytes, more than there is memory for"
  last_run="convert big.gguf with 16 MB"
  (ulimit -d $limit && "$thimble" convert big.gguf made.thm --type f32 -q > out 2> err) || fail "it did not convert"
  expect_rc 0 run made.thm -t 1 -c 16 -p ab -n 2 --temp 0 -q --hash
  [ "$(cat err)" = "$hash" ] || fail "what was converted in little memory computes otherwise"
  rm made.thm
  last_run="run big.gguf with 16 MB"
  (ulimit -d $limit && TMPDIR=. "$thimble" run big.gguf -t 1 -c 16 -p ab -n 2 --temp 0 --hash > out 2> err) ||
    fail "it did not run"
  expect_stderr_has "as f32 it takes 160.0 MiB, more than half of the memory here: it lies in a temporary file"
  grep -qF "$hash" err || fail "what lies in a file computes otherwise"
  [ "$(ls)" = "$(printf 'big.gguf\nerr\nout')" ] || fail "a temporary file was left: $(ls)"
}

test_advice() {
  make_models
  # A prompt that is too long, with its true length; more context helps up to the model's own.
  local words count
  words=$(printf 'word %.0s' $(seq "$context"))
  count=$("$thimble" tokenize model.thm -p "$words" --count)
  refused 1 "prompt: context full: found $count tokens, at most $context; shorten the text" run model.thm -p "$words"
  expect_stderr_lacks "-c"
  words=$(printf 'word %.0s' 1 2 3 4 5 6 7 8)
  count=$("$thimble" tokenize model.thm -p "$words" --count)
  refused 1 "found $count tokens, at most 8; shorten the text or raise the context with -c, up to $context" \
    run model.thm -p "$words" -c 8
  echo "$words" > words.txt
  refused 1 "words.txt: context full: found $count tokens, at most 8" run model.thm -f words.txt -c 8
  expect_rc 0 run model.thm -p "$words" -c $((count + 1)) -q

  # Fast memory that is too small: the size that would do, which does.
  expect_rc 1 inspect model.thm -b 1 --fast 100
  expect_one_line_of_stderr "--fast: out of memory: no room for the buffer "
  local bytes
  bytes=$(sed 's/.*one block of \([0-9]*\) bytes.*/\1/' err)
  expect_rc 1 inspect model.thm -b 1 --fast $((bytes - 1))
  expect_rc 0 inspect model.thm -b 1 --fast "$bytes"

  # One tokenizer for whichever model needs it.
  echo "Once upon a time" > text.txt
  for models in "model.thm --against checkpoint.bin" "checkpoint.bin --against model.thm" \
    "checkpoint.bin --against checkpoint.bin"; do
    # shellcheck disable=SC2086
    expect_rc 0 eval $models --tokenizer vocabulary.bin --text text.txt
    expect_stdout_matches '^divergence +0.000000 nats'
  done
  refused 2 "--tokenizer vocabulary.bin: both models have their own; leave it out" \
    eval model.thm --against model.thm --tokenizer vocabulary.bin --text text.txt

  refused 2 "--stop: 65537 bytes in all; at most 65280" run model.thm --stop "$(head -c 65537 /dev/zero | tr '\0' x)"
  expect_rc 0 run model.thm --stop "$(head -c 65280 /dev/zero | tr '\0' x)" -n 1 -q

  # A bound is not called expected; a transfer in text mode is what it looks like.
  cp model.thm newer.thm && overwrite newer.thm 8 '\2'
  refused 1 "newer.thm: newer format version: major: found 2, at most 1; use a newer thimble" run newer.thm
  sed 's/\r$//' model.thm > text_mode.thm
  refused 1 "text_mode.thm: not a .thm file; its first bytes are damaged, as by a transfer in text mode" \
    run text_mode.thm
}

# The model that ships, for a program that lies in the places where it may be installed.
test_shipped_model() {
  make_models
  local built=$thimble
  mkdir -p usr/bin usr/share/thimble flat
  cp "$built" usr/bin/thimble
  cp "$built" flat/thimble
  thimble=$work/usr/bin/thimble
  if ! "$thimble" run -n 1 -q < /dev/null > out 2> err; then  # unless one is installed on this machine
    refused 2 "no model; name one: thimble run MODEL" run
    refused 2 "no model; name one: thimble chat MODEL" chat
  fi
  cp model.thm usr/share/thimble/story.thm
  cp model.thm flat/story.thm
  expect_rc 0 run model.thm -p Once -n 5 -s 1 -q
  cp out expected.txt
  for place in usr/bin:usr/share/thimble flat:flat; do
    thimble=$work/${place%:*}/thimble
    expect_rc 0 run -p Once -n 5 -s 1
    expect_same out expected.txt
    expect_stderr_has "thimble: no model was named; this is $(realpath "$work")/${place#*:}/story.thm"
    expect_rc 0 run -p Once -n 5 -s 1 -q
    expect_no_stderr
    expect_rc 0 chat -n 5
    expect_stderr_has "thimble: no model was named; this is $(realpath "$work")/${place#*:}/story.thm"
  done
  ln -s "$work/usr/bin/thimble" linked
  thimble=$work/linked
  expect_rc 0 run -p Once -n 5 -s 1 -q
  expect_same out expected.txt
  thimble=$built
  for command in inspect selftest tokenize; do refused 2 "no model; name one: thimble $command MODEL" $command; done
  refused 2 "no model" eval --text x
  refused 2 "no input" convert
}

# in_use ACTION ARGUMENTS...: starts the program, which waits for the pipe `pipe`, then evaluates ACTION, then feeds the
# pipe. The output is that of the program; its exit code is in `code`.
in_use() {
  local action=$1 child
  shift
  last_run="$* while: $action"
  rm -f pipe && mkfifo pipe
  "$thimble" "$@" > out 2> err &
  child=$!
  for _ in $(seq 100); do grep -q model.thm "/proc/$child/maps" 2> /dev/null && break; sleep 0.05; done
  sleep 0.1
  eval "$action"
  cat text.txt > pipe
  wait "$child"
  code=$?
}

# A model that is replaced under a running program.
test_model_in_use() {
  make_models
  [ -r /proc/self/maps ] || { echo "skipped: no /proc"; return; }
  local code advice="start again, and replace files in use with mv rather than cp"
  echo "Once upon a time" > text.txt
  cp model.thm whole.thm
  for arguments in "run model.thm -f pipe -n 5" "eval model.thm --text pipe"; do
    # shellcheck disable=SC2086
    in_use ': > model.thm' $arguments
    [ $code -eq 1 ] || fail "exit code $code, expected 1"
    expect_one_line_of_stderr "thimble: model.thm: was cut short while in use; $advice"
    cp whole.thm model.thm
    # shellcheck disable=SC2086
    in_use 'cp whole.thm model.thm' $arguments -q
    [ $code -eq 1 ] || fail "exit code $code, expected 1"
    expect_one_line_of_stderr "thimble: model.thm: was written to while in use; $advice"
    # shellcheck disable=SC2086
    in_use 'cp whole.thm new.thm && mv new.thm model.thm' $arguments -q
    [ $code -eq 0 ] || fail "exit code $code, expected 0"
    expect_no_stderr
  done
  # What a conversion had begun to write goes with it.
  cp checkpoint.bin model.thm.bin && cp vocabulary.bin text.txt
  in_use ': > model.thm.bin' convert model.thm.bin out.thm --tokenizer pipe
  [ $code -eq 1 ] || fail "exit code $code, expected 1"
  expect_one_line_of_stderr "model.thm.bin: was cut short while in use"
  ls -A | grep -q 'out.thm' && fail "the unfinished output is still there"
}
