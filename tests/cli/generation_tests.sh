# Sections of cli_test.sh that generate, tokenize and score text. The model is a seeded one that babbles; what counts
# is that runs agree with each other.

test_run_output() {
  make_models
  expect_rc 0 run model.thm -p "Once upon" -n 12 -s 5
  [ -s out ] || fail "no text"
  expect_stderr_has "seed       5"
  for line in load prompt generated memory; do grep -q "^$line  *" err || fail "the summary lacks: $line"; done
  cp out text.txt
  expect_rc 0 run model.thm -p "Once upon" -n 12 -s 5 -q
  expect_no_stderr
  expect_same out text.txt
  expect_rc 0 run model.thm -p "Once upon" -n 12 -s 5 -q --ids
  [ "$(wc -l < err)" -eq 1 ] || fail "--ids is not one line"
  local prompt_ids
  prompt_ids=$("$thimble" tokenize model.thm -p "Once upon")
  grep -q "^ids: $prompt_ids " err || fail "--ids does not begin with the prompt"
  [ "$(wc -w < err)" -eq $((1 + $(wc -w <<< "$prompt_ids") + 12)) ] || fail "--ids does not hold 12 tokens more"
  expect_rc 0 run model.thm -n 0 -p "Once" -q
  expect_no_stdout
  expect_rc 0 run model.thm -p "Once" --ignore-eos -s 1
  expect_stderr_has "ended by: context full"
  expect_rc 0 run model.thm -v -n 1
  expect_stderr_has "kv cache"
  expect_rc 0 run -m model.thm -n 1 -q
  last_run="run model.thm > /dev/full"
  if [ -c /dev/full ]; then
    "$thimble" run model.thm -n 5 -q < /dev/null > /dev/full 2> err
    [ $? -eq 1 ] || fail "a full disk behind stdout went unnoticed"
    expect_one_line_of_stderr "standard output: cannot be written"
  fi
}

# Weights that are read for every token give the text of those in memory, in as much memory as was given.
test_streaming() {
  make_models
  expect_rc 0 synth --like stories260K large.thm --type f32 -q
  expect_rc 0 run large.thm -p "Once upon" -n 12 -s 5 -q --hash --ignore-eos
  cp out text.txt
  cp err hash.txt
  expect_rc 0 run large.thm --stream -p "Once upon" -n 12 -s 5 -q --hash --ignore-eos
  expect_same out text.txt
  expect_same err hash.txt
  expect_rc 0 run large.thm --memory 500k -b 1 -c 64 -p "Once upon" -n 12 -s 5 -v --hash --ignore-eos
  expect_same out text.txt
  grep -qFf hash.txt err || fail "another hash in 500k"
  [ "$(sed -n 's/^  all  *\([0-9]*\) .*/\1/p' err)" -le 500000 ] || fail "more memory than --memory"
  grep -Eq "^streamed   .* for each of [0-9]+ sweeps, waited " err || fail "the summary says nothing of streaming"
  refused 1 "at least" run large.thm --memory 20k -b 1 -c 64 -p "Once"
  refused 2 "thimble convert checkpoint.bin" run checkpoint.bin --stream -p "Once"
  refused 1 "missing.thm" run missing.thm --stream -p "Once"
  overwrite large.thm $(($(stat -c %s large.thm) - 1000)) '\377\377\377\377'
  expect_rc 1 run large.thm --stream -b 1 -p "Once" -n 3 -q
  expect_stderr_has "corrupt: checksum of payload block"
  expect_rc 0 run model.thm --stream -p "Once" -n 3 -q  # all of it finds room
}

test_prompts() {
  make_models
  expect_rc 0 run model.thm -p $'One day\nthe cat' -n 15 -s 3 -q
  cp out expected.txt
  expect_rc 0 run model.thm -p 'One day\nthe cat' -n 15 -s 3 -q
  expect_same out expected.txt
  printf 'One day\nthe cat\n' > prompt.txt
  expect_rc 0 run model.thm -f prompt.txt -n 15 -s 3 -q
  expect_same out expected.txt
  last_run="run model.thm < prompt.txt"
  "$thimble" run model.thm -n 15 -s 3 -q < prompt.txt > out 2> err || fail "a prompt on stdin was refused"
  expect_same out expected.txt
  cat prompt.txt | "$thimble" run model.thm -f - -n 15 -s 3 -q > out 2> err || fail "a piped prompt was refused"
  expect_same out expected.txt
  "$thimble" run <(cat model.thm) -f <(cat prompt.txt) -n 15 -s 3 -q < /dev/null > out 2> err || fail "pipes as files were refused"
  expect_same out expected.txt
  expect_rc 0 run model.thm -p 'One day\nthe cat' --no-escape -n 15 -s 3 -q --ids
  grep -q "$("$thimble" tokenize model.thm --no-escape -p 'One day\nthe cat')" err || fail "--no-escape changed the prompt"
  expect_rc 0 run model.thm -p "" -n 15 -s 3 -q
  cp out expected.txt
  expect_rc 0 run model.thm -n 15 -s 3 -q
  expect_same out expected.txt
  refused 1 "prompt: context full" run model.thm -p "$(printf 'word %.0s' $(seq "$context"))"
}

test_sampling() {
  make_models
  local options=(run model.thm -p "Once" -n 30 -q)
  expect_rc 0 "${options[@]}" -s 1 --temp 1
  cp out one.txt
  expect_rc 0 "${options[@]}" -s 1 --temp 1
  expect_same out one.txt
  expect_rc 0 "${options[@]}" -s 2 --temp 1
  expect_different out one.txt
  expect_rc 0 "${options[@]}" -s 1 --temp 0
  cp out greedy.txt
  expect_rc 0 "${options[@]}" -s 2 --temp 0
  expect_same out greedy.txt
  expect_rc 0 "${options[@]}" -s 3 --top-k 1
  expect_same out greedy.txt
  expect_rc 0 "${options[@]}" -s 3 --temp -1
  expect_same out greedy.txt
  # The printed seed of a random run repeats it.
  expect_rc 0 run model.thm -p "Once" -n 30 --temp 1
  cp out random.txt
  local seed
  seed=$(sed -n 's/^seed  *//p' err)
  expect_rc 0 "${options[@]}" --temp 1 -s "$seed"
  expect_same out random.txt
  # Defaults stored in the model, and what is given, which wins.
  expect_rc 0 convert checkpoint.bin greedy.thm --type f32 --tokenizer vocabulary.bin --temp 0 -q
  expect_rc 0 run greedy.thm -p "Once" -n 30 -q -s 4
  expect_same out greedy.txt
  expect_rc 0 run greedy.thm -p "Once" -n 30 -q -s 1 --temp 1
  expect_same out one.txt
  # A forbidden token does not appear.
  expect_rc 0 run model.thm -p "Once" -n 1 -q --temp 0 --ids
  local first
  first=$(awk '{print $NF}' err)
  expect_rc 0 run model.thm -p "Once" -n 1 -q --temp 0 --ids --logit-bias "$first-inf"
  [ "$(awk '{print $NF}' err)" != "$first" ] || fail "--logit-bias ID-inf did not forbid the token"
}

test_stop() {
  make_models
  expect_rc 0 run model.thm -p "Once" -n 30 -q --temp 0
  cp out whole.txt
  # Three characters from the middle of the text must end it where they first appear.
  python3 - <<'PYTHON' || { echo "skipped: no python3"; return; }
text = open("whole.txt", encoding="utf-8", newline="").read()
stop = text[len(text) // 2:len(text) // 2 + 3]
open("stop.txt", "w", encoding="utf-8", newline="").write(stop)
open("expected.txt", "w", encoding="utf-8", newline="").write(text[:text.index(stop)])
PYTHON
  expect_rc 0 run model.thm -p "Once" -n 30 --temp 0 --no-escape --stop "never there" --stop "$(cat stop.txt)"
  expect_same out expected.txt
  expect_stderr_has "ended by: stop string"
  expect_rc 0 run model.thm -p "Once" -n 30 -q --temp 0 --no-escape -r "$(cat stop.txt)"
  expect_same out expected.txt
}

test_batches_and_hash() {
  make_models
  local prompt="Once upon a time there was a model"
  expect_rc 0 run model.thm -p "$prompt" -n 10 -q --temp 0 --hash -b 1
  grep -qE '^logits hash: [0-9a-f]{16}$' err || fail "no hash"
  cp out text.txt && cp err hash.txt
  for batch in 2 3 4 5 6 7 8; do
    expect_rc 0 run model.thm -p "$prompt" -n 10 -q --temp 0 --hash -b "$batch"
    expect_same out text.txt
    expect_same err hash.txt
  done
  for threads in 1 2 4 16; do
    expect_rc 0 run model.thm -p "$prompt" -n 10 -q --temp 0 --hash -t "$threads" -b $((threads % 3 + 1))
    expect_same out text.txt
    expect_same err hash.txt
  done
  expect_rc 0 run model.thm -p "$prompt" -n 10 -q --temp 0 --hash --kv-type i8
  expect_different err hash.txt
}

test_selftest() {
  make_models
  local type data
  for type in q8 q4 mixed f16 f32; do
    expect_rc 0 convert checkpoint.bin a.thm --tokenizer vocabulary.bin --type $type -q
    expect_rc 0 selftest a.thm
    expect_stdout_matches '^kv cache i8   [0-9a-f]{16}  ok$'
    expect_stdout_matches '^kv cache f32  [0-9a-f]{16}  ok$'
    expect_no_stderr
    cp out all.txt
    expect_rc 0 selftest a.thm -t 3 -b 5 -c 16
    expect_same out all.txt
    expect_rc 0 selftest a.thm --kv-type i8
    head -1 all.txt > one.txt
    expect_same out one.txt
  done
  refused 2 "-c 15: the test takes 16 positions" selftest a.thm -c 15
  refused 1 "checkpoint.bin: only a .thm file states" selftest checkpoint.bin --tokenizer vocabulary.bin
  # The last weight of the file is wrong: nobody sees it but this.
  data=$(stat -c %s a.thm)
  overwrite a.thm $((data - 64 - data % 64 + 1)) '\100'
  expect_rc 1 selftest a.thm
  expect_stdout_matches 'FAILED, expected [0-9a-f]{16}$'
  expect_one_line_of_stderr "a.thm: the logits are not those of the conversion"
}

test_tokenize() {
  make_models
  expect_rc 0 tokenize model.thm -p "Once upon a time"
  cp out ids.txt
  expect_no_stderr
  expect_rc 0 tokenize vocabulary.bin -p "Once upon a time"
  expect_same out ids.txt
  expect_rc 0 tokenize model.thm -p "Once upon a time" --count
  [ "$(cat out)" -eq "$(wc -w < ids.txt)" ] || fail "--count is wrong"
  expect_rc 0 tokenize model.thm -p "Once upon a time" --pieces
  [ "$(wc -l < out)" -eq "$(wc -w < ids.txt)" ] || fail "--pieces is not one line per token"
  expect_rc 0 tokenize model.thm --decode "$(cat ids.txt)"
  [ "$(cat out)" = "Once upon a time" ] || fail "--decode does not give the text back"
  for file in model.thm vocabulary.bin; do
    "$thimble" tokenize <(cat $file) -p "Once upon a time" > out 2> err || fail "tokenize does not read $file from a pipe"
    expect_same out ids.txt
  done
  expect_rc 0 tokenize model.thm -p "Once" --no-bos
  [ "1 $(cat out)" = "$("$thimble" tokenize model.thm -p Once)" ] || fail "--no-bos"
  head -c 100000 /dev/zero | tr '\0' 'a' > long.txt
  expect_rc 0 tokenize model.thm -f long.txt --count
}

test_eval() {
  make_models
  printf 'Once upon a time\n<|endoftext|>\n  \n<|endoftext|>\nOne day the cat\n<|endoftext|>\n' > stories.txt
  expect_rc 0 eval model.thm --text stories.txt --hash
  expect_stdout_matches '^types +f32 weights, f32 kv cache$'
  expect_stdout_matches '^texts +2$'
  local tokens
  tokens=$(($("$thimble" tokenize model.thm -p "Once upon a time" --count) +
            $("$thimble" tokenize model.thm -p "One day the cat" --count) - 2))
  expect_stdout_matches "^tokens +$tokens\$"
  expect_stdout_matches '^score +[0-9.]+ nats/token, perplexity [0-9.]+$'
  cp out one.txt
  for batch in 1 3 8; do
    expect_rc 0 eval model.thm --text stories.txt --hash -b "$batch" -t "$batch"
    expect_same out one.txt
  done
  expect_rc 0 eval model.thm --text stories.txt --kv-type i8
  expect_stdout_matches '^types +f32 weights, i8 kv cache$'
  expect_rc 0 eval model.thm --text stories.txt --stories 1
  expect_stdout_matches '^texts +1$'
  cp vocabulary.bin tokenizer.bin
  expect_rc 0 eval model.thm --text stories.txt --against checkpoint.bin
  expect_stdout_matches '^divergence +0.000000 nats'
  expect_stdout_matches '^same top-1 +100.000 %$'
  # Without separators: windows as long as the context.
  yes "One day the cat" | head -100 > long.txt
  expect_rc 0 eval model.thm --text long.txt
  [ "$(sed -n 's/^texts  *//p' out)" -gt 1 ] || fail "a long text was not cut into windows"
  printf '\n \n' > blank.txt
  refused 1 "blank.txt: holds no token to score" eval model.thm --text blank.txt
  refused 1 "nothing.txt: no such file" eval model.thm --text nothing.txt
  refused 2 "-c 1: leaves no token to foresee; give 2 at least" eval model.thm --text long.txt -c 1
}

test_inspect() {
  make_models
  expect_rc 0 inspect model.thm --tensors --verify
  expect_no_stderr
  for fact in "$vocab pieces" "context      $context" "w_down" "kv cache" "verify: ok"; do
    expect_stdout_has "$fact"
  done
  expect_rc 0 inspect checkpoint.bin --tokenizer vocabulary.bin
  expect_stdout_has "llama2.c v0"
  # All weights find room in a megabyte, none beside the buffers alone.
  expect_rc 0 inspect model.thm -b 1 --fast 1000000
  expect_stdout_has "weights read in place: 0 bytes"
  local buffers
  buffers=$("$thimble" inspect model.thm -b 1 | awk '$1 == "all" {print $2}')
  expect_rc 0 inspect model.thm -b 1 --fast "$buffers"
  expect_stdout_has "(0 of "
  expect_rc 0 inspect model.thm -b 1 --fast "$buffers" --fast 4000
  expect_stdout_has "block 1"
  refused 1 "--fast: out of memory: " inspect model.thm -b 1 --fast 100
  # What a file says about itself must not reach the terminal raw.
  expect_rc 0 convert checkpoint.bin escape.thm --tokenizer vocabulary.bin --name $'a\x1b[31mb' -q
  expect_rc 0 inspect escape.thm
  expect_stdout_has 'name: a^[[31mb'
}
