#!/usr/bin/env bash
# Tests the program `thimble` from outside. Usage: cli_test.sh THIMBLE MAKE_FIXTURE [SECTION...]
# Each section is a function test_SECTION below; without a section all of them run. Works in a folder of its own.
set -u
here=$(cd "$(dirname "$0")" && pwd)
thimble=$(realpath "$1")
make_fixture=$(realpath "$2")
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

. "$here/expect.sh"

make_models() {
  "$make_fixture" model.thm || exit 1
  "$make_fixture" --llama2c checkpoint.bin vocabulary.bin || exit 1
  "$thimble" inspect model.thm > facts.txt || exit 1
  vocab=$(awk '/^vocabulary/ {print $2}' facts.txt)
  context=$(awk '/^context/ {print $2}' facts.txt)
  rm facts.txt
}

# --- the command line ---------------------------------------------------------------------------------------------

test_help() {
  expect_rc 0 --version
  expect_stdout_matches '^thimble [0-9]+\.[0-9]+\.[0-9]+ \((commit [0-9a-f]{12,}, )?(avx512ifma|avx512|avx2|generic|scalar|ref|checked) kernels\)$'
  expect_rc 0 --help
  expect_stdout_has "thimble run"
  for command in run chat serve convert export inspect tokenize eval bench selftest plan image flash synth; do
    expect_rc 0 "$command" --help
    expect_stdout_has "Usage: thimble $command"
    expect_stdout_has "Examples:"
    expect_no_stderr
    expect_rc 0 help "$command"
    expect_stdout_has "Usage: thimble $command"
  done
  expect_rc 2
  expect_no_stdout
}

test_usage_errors() {
  make_models
  refused 2 "no model" inspect
  refused 2 "no such command" frobnicate
  refused 2 "did you mean thimble run?" rnu
  refused 2 "thimble run model.thm" model.thm
  refused 2 "-fa: name a command first" -fa
  refused 2 "did you mean --temp?" run model.thm --tmep 0.5
  refused 2 "did you mean --temp?" run model.thm -temp 0.5
  refused 2 "-p" run model.thm "Once upon a time"
  refused 2 "name it once" run -m model.thm model.thm
  refused 2 "--temp: needs a value" run model.thm --temp
  for bad in "--top-p 1.5" "--top-p 0" "--min-p 1" "--temp nan" "--temp warm" "--repeat-penalty 0" "-n 1.5" "-b 9" \
    "-b 0" "-c -1" "-s x" "-s -2" "--logit-bias 3" "--logit-bias 3+x" "--repeat-last-n 257" "--color blue" "-t x"; do
    # shellcheck disable=SC2086
    refused 2 "" run model.thm $bad
  done
  refused 2 "--stop" run model.thm --stop ""
  refused 2 "model's context of $context" run model.thm -c $((context + 1))
  for command in run chat; do refused 2 "no such token" $command model.thm --logit-bias "$vocab+1"; done
  refused 2 "not both" run model.thm -p a -f b
  refused 2 "no input" convert
  for type in q5 Q4_K_M Q5_0 q6_k q8_1 q8_00 int8 ""; do
    refused 2 "there are q8, q4, mixed, f16 and f32" convert checkpoint.bin --type "$type"
  done
  refused 2 "no text to score" eval model.thm
  refused 2 "not a token id" tokenize model.thm --decode "1 $vocab"
}

test_habits() {
  make_models
  refused 2 "did you mean --temp 0.8?" run model.thm -t 0.8
  refused 2 "did you mean --top-p 0.9?" run model.thm -p 0.9
  refused 2 "thimble chat" run model.thm -cnv
  refused 2 "thimble run" chat model.thm -no-cnv
  refused 2 "did you mean --temp 1.0?" run model.thm -t 1.0
  refused 2 "did you mean -p" run model.thm -i "Once upon a time"
  refused 2 "system prompts are part of a model's chat template" chat model.thm -y "You are kind."
  expect_rc 0 run model.thm -t 0 -n 3
  expect_stderr_has "thimble: -t 0 takes as many threads as pay; the temperature is --temp 0"
  expect_rc 0 run model.thm -s 0 -n 3
  expect_stderr_has "thimble: -s 0 is a seed like any other; a random one is -s -1"
  expect_stderr_has "seed       0"
  expect_rc 0 run model.thm -t 1 -s 7 -n 3
  expect_stderr_lacks "thimble: "
  expect_rc 0 run model.thm --prompt=0.9 -n 3 -q
  expect_no_stderr
  expect_rc 0 run model.thm -no-cnv -ngl 99 -fa -ctk q8_0 -ctv q8_0 -tb 4 -p "-cnv" -n 3 -v
  expect_stderr_has "-ngl has no effect"
  expect_stderr_has "-tb has no effect"
  expect_stderr_has "--kv-type q8_0: uses i8"
  expect_stderr_has "kv cache i8"
  expect_rc 0 run model.thm -ctk f16 --cache-type-v f32 -n 3 -v
  expect_stderr_has "--kv-type f16: uses f32"
  expect_stderr_has "kv cache f32"
  refused 2 "keys and values share one type" run model.thm -ctk f16 -ctv q8_0
  refused 2 "there are i8, i4 and f32" eval model.thm --text x --kv-type q5_1
  refused 2 "--kv-type i4: takes heads of at least 16, and this model's are 6 wide" run model.thm --kv-type i4
  refused 2 "expected a number of threads" run model.thm -t many
  refused 2 "expected a number of threads" selftest model.thm -t -2
  expect_rc 0 run model.thm -t 99 -n 3
  expect_stderr_has "-t 99: uses 16 threads"
  expect_rc 0 run checkpoint.bin -z vocabulary.bin -n 3 -q
}

# --- files ----------------------------------------------------------------------------------------------------------

test_model_errors() {
  make_models
  refused 1 "nothing.thm: no such file" run nothing.thm
  mkdir folder hugging_face && echo '{}' > hugging_face/config.json
  refused 1 "folder: a folder without config.json; name a .thm file, a GGUF file, a Hugging Face folder" run folder
  refused 1 "hugging_face/config.json: model_type is missing, which is not supported" run hugging_face
  : > empty.thm
  refused 1 "empty.thm: the file is empty" run empty.thm
  echo "Once upon a time there was a file full of text." > text.thm
  refused 1 "text.thm: this is a text file" run text.thm
  printf 'GGUF\3\0\0\0' > model.gguf
  refused 1 "model.gguf: this GGUF file holds no weights; name a file with the model's tensors" run model.gguf
  printf '\20\0\0\0\0\0\0\0{"a":1}         ' > model.safetensors
  refused 1 "model.safetensors: this is a safetensors file; name the folder that has its config.json" \
    run model.safetensors
  head -c 4096 /dev/zero > zeros.bin
  refused 1 "zeros.bin: not a model" run zeros.bin
  refused 1 "/dev/null: is a device" run /dev/null
  refused 1 "model.thm/x: a part of this path is not a folder" run model.thm/x
  refused 1 "nothing.txt: no such file" run model.thm -f nothing.txt
  expect_rc 1 run $'two\nlines.thm'
  expect_one_line_of_stderr "two^Jlines.thm"

  refused 1 "checkpoint.bin: has no tokenizer inside, and none with $vocab pieces lies beside it; name one with --tokenizer" \
    run checkpoint.bin
  refused 1 "nothing.bin: no such file" run checkpoint.bin --tokenizer nothing.bin
  refused 1 "is a model" run checkpoint.bin --tokenizer model.thm
  # A vocabulary with one piece less: a record is a score, a length, and that many bytes.
  head -c 19 vocabulary.bin > short.bin
  refused 1 "short.bin: " run checkpoint.bin --tokenizer short.bin
  refused 2 "has its own tokenizer" run model.thm --tokenizer vocabulary.bin
  cp vocabulary.bin tokenizer.bin
  expect_rc 0 run checkpoint.bin -n 3
  expect_stderr_has "using the tokenizer tokenizer.bin, found beside the model"
}

test_damaged_models() {
  make_models
  local size
  size=$(stat -c %s model.thm)
  for length in 1 7 8 50 127 128 500 $((size / 2)) $((size - 1)); do
    head -c "$length" model.thm > cut.thm
    refused 1 "cut.thm: " run cut.thm
  done
  refused 1 "truncated" run cut.thm
  { cat model.thm; echo x; } > long.thm
  refused 1 "long.thm: " run long.thm
  cp model.thm newer.thm && overwrite newer.thm 8 '\377'
  refused 1 "newer.thm: newer format version" run newer.thm
  cp model.thm older.thm && overwrite older.thm 8 '\0'
  refused 1 "older.thm: " run older.thm
  cp model.thm header.thm && overwrite header.thm 33 '\377'
  refused 1 "header.thm: " run header.thm
  cp model.thm weights.thm && overwrite weights.thm $((size - 100)) '\125'
  expect_rc 1 inspect weights.thm --verify
  expect_one_line_of_stderr "weights.thm: corrupt: "
  expect_rc 0 inspect model.thm --verify
  head -c 1000 checkpoint.bin > cut.bin
  refused 1 "cut.bin: " run cut.bin --tokenizer vocabulary.bin
}

test_convert() {
  make_models
  expect_rc 0 convert checkpoint.bin --tokenizer vocabulary.bin --type f32
  expect_no_stdout
  expect_stderr_has "thimble: checkpoint.thm: "
  for fact in tensors parameters "bytes per weight" checksum; do expect_stderr_has "$fact"; done
  expect_rc 0 run checkpoint.bin --tokenizer vocabulary.bin -p "Once upon" --temp 0 -n 20 -q --hash
  cp out direct.txt && cp err direct.hash
  expect_rc 0 run checkpoint.thm -p "Once upon" --temp 0 -n 20 -q --hash
  expect_same out direct.txt
  expect_same err direct.hash

  expect_rc 0 convert checkpoint.bin b.thm --tokenizer "$work/vocabulary.bin" --name "A name" --license MIT \
    --prompt "it's" --prompt two --chat-template "Q: {prompt} A:" --temp 0.25 --top-k 7 -q
  expect_no_stderr
  expect_rc 0 inspect b.thm
  for fact in "name: A name" "license: MIT" "prompt.0: it's" "prompt.1: two" "chat.template: Q: {prompt} A:" \
    "sampling.temperature: 0.25" "sampling.top_k: 7" "--tokenizer vocabulary.bin"; do
    expect_stdout_has "$fact"
  done
  expect_stdout_lacks "$work"

  refused 2 "checkpoint.bin: is the input" convert checkpoint.bin checkpoint.bin --tokenizer vocabulary.bin
  ln -s checkpoint.bin link.bin
  refused 2 "link.bin: is the input" convert checkpoint.bin link.bin --tokenizer vocabulary.bin
  refused 1 "is a .thm file already" convert b.thm c.thm
  refused 1 "no such file" convert nothing.bin
}

test_convert_types() {
  make_models
  local type layers
  for type in q8 q4 mixed f16 f32; do
    expect_rc 0 convert checkpoint.bin $type.thm --tokenizer vocabulary.bin --type $type
    expect_no_stdout
    expect_stderr_has "token_embedding"
    expect_stderr_lacks "own layout"
    expect_rc 0 inspect $type.thm --verify --tensors
    expect_stdout_has "weights.type: $type"
    expect_stdout_has "bytes per weight"
    expect_stdout_has "verify: ok"
    case $type in
      f*) expect_stdout_has "arithmetic   float" ;;
      *) expect_stdout_has "arithmetic   integer" && expect_stdout_matches '^weights .*q16 ' ;;
    esac
  done
  expect_rc 0 inspect q4.thm --tensors
  expect_stdout_matches 'token_embedding +q8 '
  expect_stdout_matches 'w_gate +q4 '
  expect_stdout_matches 'final_norm +q16 '

  # Without --type it is q8, whatever the case of the letters; llama.cpp's names of what comes near are taken too.
  # The command line is part of the file, so the weights are compared: DATA ends the file.
  local data
  data=$(($(stat -c %s q8.thm) / 2))
  expect_rc 0 convert checkpoint.bin a.thm --tokenizer vocabulary.bin
  tail -c $data a.thm > a.data && tail -c $data q8.thm > q8.data
  expect_same a.data q8.data
  expect_rc 0 convert checkpoint.bin a.thm --tokenizer vocabulary.bin --type Q8
  expect_stderr_lacks "own layout"
  expect_rc 0 convert checkpoint.bin a.thm --tokenizer vocabulary.bin --type Q8_0
  expect_stderr_has "thimble: --type Q8_0: writes q8, which is Thimble's own layout"
  tail -c $data a.thm > a.data
  expect_same a.data q8.data
  expect_rc 0 convert checkpoint.bin a.thm --tokenizer vocabulary.bin --type q4_0 -q
  expect_no_stderr
  expect_rc 0 inspect a.thm
  expect_stdout_has "weights.type: q4"
  for type in F16 F32 MIXED; do
    expect_rc 0 convert checkpoint.bin a.thm --tokenizer vocabulary.bin --type $type
    expect_stderr_lacks "own layout"
  done

  # The report: each tensor has a line while the layers are few.
  expect_rc 0 convert checkpoint.bin a.thm --tokenizer vocabulary.bin --type q4
  layers=$("$thimble" inspect a.thm | awk '/^layers/ {print $2}')
  [ "$(grep -c ' wq ' err)" -eq "$layers" ] || fail "not one line of wq per layer"
  expect_stderr_lacks "layers "
  cp a.thm before.thm
  expect_rc 0 convert checkpoint.bin a.thm --tokenizer vocabulary.bin --type q4
  expect_same a.thm before.thm
}

# Deeper models share lines for the layers in the middle, unless asked otherwise.
test_convert_report() {
  make_models
  # Version 0: dim 8, hidden_dim 8, 7 layers, 1 head, 1 kv head, as many pieces as the vocabulary, context 16; zeros.
  local floats=$((vocab * 8 + 7 * (8 + 4 * 64 + 8 + 3 * 64) + 8 + 2 * 16 * 4)) low high
  low=$(printf '%o' $((vocab % 256))) high=$(printf '%o' $((vocab / 256)))
  printf "\10\0\0\0\10\0\0\0\7\0\0\0\1\0\0\0\1\0\0\0\\$low\\$high\0\0\20\0\0\0" > deep.bin
  head -c $((4 * floats)) /dev/zero >> deep.bin
  expect_rc 0 convert deep.bin deep.thm --tokenizer vocabulary.bin
  [ "$(grep -c ' wq ' err)" -eq 4 ] || fail "expected wq of layers 0, 1, 2..5 and 6"
  for place in "layer 0 " "layer 1 " "layers 2..5 " "layer 6 "; do expect_stderr_has "$place"; done
  expect_stderr_has "exact"
  cp deep.thm before.thm
  expect_rc 0 convert deep.bin deep.thm --tokenizer vocabulary.bin -v
  [ "$(grep -c ' wq ' err)" -eq 7 ] || fail "expected wq of 7 layers"
  expect_stderr_lacks "layers "
  [ "$(grep -c ' x ' err)" -eq $((7 * 9 + 2)) ] || fail "expected a line for each tensor"
  expect_rc 0 convert deep.bin deep.thm --tokenizer vocabulary.bin -v -q
  expect_no_stderr
}

test_atomic() {
  make_models
  expect_rc 0 convert checkpoint.bin old.thm --tokenizer vocabulary.bin -q
  cp old.thm before.thm
  ls -A > before.txt
  refused 1 "nofolder/x.thm: its folder does not exist" convert checkpoint.bin nofolder/x.thm --tokenizer vocabulary.bin
  refused 1 "model.thm/x.thm: a part of this path is not a folder" \
    convert checkpoint.bin model.thm/x.thm --tokenizer vocabulary.bin
  refused 1 ".: is a folder" convert checkpoint.bin . --tokenizer vocabulary.bin
  refused 1 "/proc/x.thm: " convert checkpoint.bin /proc/x.thm --tokenizer vocabulary.bin
  refused 1 "no such file" convert checkpoint.bin old.thm --tokenizer nothing.bin
  if [ -c /dev/full ]; then
    refused 1 "/dev/full: no space left" convert checkpoint.bin /dev/full --tokenizer vocabulary.bin
    [ -c /dev/full ] || fail "/dev/full was replaced"
  fi
  # A file size limit stands for a disk that runs full while the bytes are written.
  (ulimit -f 8; trap '' XFSZ; "$thimble" convert checkpoint.bin old.thm --tokenizer vocabulary.bin > out 2> err)
  [ $? -eq 1 ] || fail "a full disk went unnoticed"
  expect_one_line_of_stderr "old.thm: "
  # A signal while the output is open: the tokenizer comes through a pipe that nobody fills.
  mkfifo pipe
  "$thimble" convert checkpoint.bin old.thm --tokenizer pipe 2> err &
  local child=$!
  for _ in $(seq 50); do ls -A | grep -q '\.tmp$' && break; sleep 0.1; done
  ls -A | grep -q '\.thm\.tmp$' || fail "no temporary file appeared"
  kill -TERM "$child"
  wait "$child"
  [ $? -eq 143 ] || fail "SIGTERM did not end the program as usual"
  rm -f pipe out err
  ls -A | grep -v -e '^out$' -e '^err$' > after.txt
  sed -i -e '/^before.txt$/d' -e '/^out$/d' -e '/^err$/d' before.txt
  sed -i -e '/^before.txt$/d' -e '/^after.txt$/d' after.txt
  expect_same after.txt before.txt
  expect_same old.thm before.thm
  # A link stays a link, and permissions stay what they were.
  ln -s old.thm alias.thm && chmod 640 old.thm
  expect_rc 0 convert checkpoint.bin alias.thm --tokenizer vocabulary.bin -q --name other
  [ -L alias.thm ] || fail "the link was replaced"
  [ "$(stat -c %a old.thm)" = 640 ] || fail "the permissions changed"
  cmp -s old.thm before.thm && fail "the link's target was not written"
}

. "$here/generation_tests.sh"
. "$here/chat_tests.sh"
. "$here/text_tests.sh"
. "$here/limit_tests.sh"
. "$here/import_tests.sh"
. "$here/convert_tests.sh"
. "$here/board_tests.sh"
. "$here/serve_tests.sh"

all_sections=$(declare -F | sed -n 's/^declare -f test_//p')
for section in ${*:-$all_sections}; do
  find . -mindepth 1 -delete
  "test_$section"
done
exit $((failures > 0))
