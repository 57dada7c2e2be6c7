# Sections of cli_test.sh about what `thimble convert` does with a text, other forms of its output, export, synth and bench.

# A text that the fixture's vocabulary says something about. story NUMBER: always the same.
make_text() {
  local number
  for number in $(seq "$1"); do
    printf 'The %s was in the window and he had a ball to the end of day %d.\n<|endoftext|>\n' \
      "$([ $((number % 3)) = 0 ] && echo cat || echo mill)" "$number"
  done
}

test_calibrate() {
  make_models
  make_text 60 > text.txt
  make_text 90 | tail -60 > other.txt
  expect_rc 0 convert checkpoint.bin f32.thm --type f32 --tokenizer vocabulary.bin -q
  expect_rc 0 convert checkpoint.bin plain.thm --type q4 --tokenizer vocabulary.bin
  cp err plain.txt
  expect_rc 0 convert checkpoint.bin calibrated.thm --type q4 --tokenizer vocabulary.bin --calibrate text.txt
  expect_no_stdout
  [ "$(grep -c ' q4 ' err)" -eq "$(grep -c ' q4 ' plain.txt)" ] || fail "the types changed"
  expect_stderr_lacks "exact"
  expect_rc 0 selftest calibrated.thm
  for model in plain calibrated; do
    expect_rc 0 eval $model.thm --text other.txt --against f32.thm -q
    awk '/^divergence/ {print $2}' out > $model.kl
  done
  awk 'NR == FNR {plain = $1; next} {exit !($1 < 0.8 * plain)}' plain.kl calibrated.kl ||
    fail "KL $(cat calibrated.kl), plain $(cat plain.kl)"
  # The same bytes again, but for the name of the command.
  cp calibrated.thm first.thm
  expect_rc 0 convert checkpoint.bin calibrated.thm --type q4 --tokenizer vocabulary.bin --calibrate text.txt -q
  expect_rc 0 convert checkpoint.bin calibrated2.thm --type q4 --tokenizer vocabulary.bin --calibrate text.txt -q
  expect_rc 0 convert checkpoint.bin calibrated.thm --type q4 --tokenizer vocabulary.bin --calibrate text.txt
  expect_same calibrated.thm first.thm
  mkdir folder && cp text.txt folder
  expect_rc 0 convert checkpoint.bin folder.thm --type q4 --tokenizer vocabulary.bin --calibrate=folder/text.txt -q
  expect_rc 0 inspect folder.thm
  expect_stdout_has "--calibrate=text.txt"
  expect_stdout_lacks "folder/"

  refused 2 "--calibrate: f16 has nothing to calibrate; choose --type q4, mixed or q8" \
    convert checkpoint.bin x.thm --type f16 --calibrate text.txt
  : > empty.txt
  refused 1 "empty" convert checkpoint.bin x.thm --type q4 --tokenizer vocabulary.bin --calibrate empty.txt
  printf '  \n' > blank.txt
  refused 1 "blank.txt: holds no text" convert checkpoint.bin x.thm --type q4 --tokenizer vocabulary.bin \
    --calibrate blank.txt
  refused 1 "nothing.txt: no such file" convert checkpoint.bin x.thm --type q4 --tokenizer vocabulary.bin \
    --calibrate nothing.txt
  [ ! -e x.thm ] || fail "a refusal left a file"
}

test_fit() {
  make_models
  make_text 30 > text.txt
  expect_rc 0 convert checkpoint.bin q8.thm --tokenizer vocabulary.bin -q
  local most size
  most=$(stat -c %s q8.thm)
  refused 2 "--fit: needs a text to measure with; add --calibrate TEXT" convert checkpoint.bin x.thm --fit 10k
  refused 2 "--fit chooses the types; leave out --type" \
    convert checkpoint.bin x.thm --fit 10k --calibrate text.txt --type q8
  refused 1 "--fit 10000: with every matrix in q4 the file has " \
    convert checkpoint.bin x.thm --tokenizer vocabulary.bin --calibrate text.txt --fit 10k
  local least
  least=$(sed -n 's/.*the file has \([0-9]*\) bytes.*/\1/p' err)
  for size in "$least" $(((least + most) / 2)) $((most - 64)); do
    expect_rc 0 convert checkpoint.bin fit.thm --tokenizer vocabulary.bin --calibrate text.txt --fit "$size"
    expect_stderr_has "nats lost in q4"
    [ "$(stat -c %s fit.thm)" -le "$size" ] || fail "--fit $size made $(stat -c %s fit.thm) bytes"
    expect_rc 0 selftest fit.thm
    expect_rc 0 inspect fit.thm --verify
  done
  expect_stdout_has "fit"
  expect_rc 0 convert checkpoint.bin fit.thm --tokenizer vocabulary.bin --calibrate text.txt --fit $((most + 200))
  expect_stderr_has "--fit: all of it fits as q8"
  expect_rc 0 convert checkpoint.bin fit.thm --tokenizer vocabulary.bin --calibrate text.txt --fit 10M
  expect_stderr_has "--fit: all of it fits as f32"
}

test_prune_vocab() {
  make_models
  make_text 9 > text.txt
  expect_rc 0 convert checkpoint.bin whole.thm --type f32 --tokenizer vocabulary.bin -q
  expect_rc 0 convert checkpoint.bin pruned.thm --type f32 --tokenizer vocabulary.bin --prune-vocab text.txt
  local kept
  kept=$(sed -n 's/.*--prune-vocab: keeps \([0-9]*\) of '"$vocab"' pieces, .*/\1/p' err)
  [ -n "$kept" ] && [ "$kept" -lt "$vocab" ] || fail "no report of what was kept"
  expect_stderr_has "259 bytes and specials; the $((vocab - kept)) dropped took "
  expect_rc 0 inspect pruned.thm --verify
  expect_stdout_has "$kept pieces"
  [ "$(stat -c %s pruned.thm)" -lt "$(stat -c %s whole.thm)" ] || fail "nothing was saved"
  # The same pieces for the text, in as many tokens; any other text comes back through bytes.
  sed '/endoftext/d' text.txt | head -1 > story.txt
  for model in whole pruned; do
    expect_rc 0 tokenize $model.thm -f story.txt
    cp out $model.txt
  done
  [ "$(wc -w < whole.txt)" -eq "$(wc -w < pruned.txt)" ] || fail "other tokens than before"
  expect_rc 0 tokenize pruned.thm -p "Zzyx! 語 {42}"
  expect_rc 0 tokenize pruned.thm --decode "$(cat out)"
  expect_stdout_has "Zzyx! 語 {42}"
  # What the model is told beside the text belongs to it.
  expect_rc 0 convert checkpoint.bin more.thm --type f32 --tokenizer vocabulary.bin --prune-vocab text.txt \
    --prompt "Lily jumped over Tom" --chat-template "Question: {prompt} Answer:"
  expect_stderr_lacks "keeps $kept of"
  refused 1 "nothing.txt: no such file" convert checkpoint.bin x.thm --tokenizer vocabulary.bin \
    --prune-vocab nothing.txt
}

test_seq() {
  make_models
  expect_rc 0 convert checkpoint.bin short.thm --tokenizer vocabulary.bin --seq 64 -q
  expect_rc 0 inspect short.thm
  expect_stdout_matches '^context +64'
  expect_rc 0 convert checkpoint.bin long.thm --tokenizer vocabulary.bin --seq 512
  expect_stderr_has "--seq 512: the source states 256; what lies beyond was not trained, and is worse"
  for bad in 0 -1 x 2000000; do refused 2 "--seq" convert checkpoint.bin x.thm --tokenizer vocabulary.bin --seq "$bad"; done
}

# The array is the file, for C and for C++.
test_c_array() {
  make_models
  expect_rc 0 convert checkpoint.bin 2-my.model.h --type q4 --tokenizer vocabulary.bin -q
  cp 2-my.model.h first.h
  grep -q 'uint8_t model_2_my_model\[' 2-my.model.h || fail "the array has another name"
  command -v cc > /dev/null && command -v c++ > /dev/null || return 77
  cat > program.c <<'END'
#include "first.h"
#include <stdio.h>
int main(void) {
  if ((uintptr_t)model_2_my_model % 64 != 0) return 1;
  return fwrite(model_2_my_model, 1, sizeof model_2_my_model, stdout) != sizeof model_2_my_model;
}
END
  cp program.c program.cpp
  cc -std=c11 -Wall -Wextra -Werror -o program_c program.c || fail "no C"
  c++ -std=c++17 -Wall -Wextra -Werror -o program_cpp program.cpp || fail "no C++"
  ./program_c > c.thm || fail "the array of C is not aligned"
  ./program_cpp > cpp.thm || fail "the array of C++ is not aligned"
  expect_same c.thm cpp.thm
  expect_rc 0 selftest c.thm
  expect_rc 0 inspect c.thm --verify
  expect_stdout_has "convert checkpoint.bin 2-my.model.h"
}

test_export() {
  make_models
  for type in f32 f16; do
    expect_rc 0 convert checkpoint.bin $type.thm --type $type --tokenizer vocabulary.bin -q
    expect_rc 0 export $type.thm $type.bin --tokenizer tokenizer.bin
    expect_no_stdout
    expect_stderr_has "$type.bin: $(stat -c %s $type.bin) bytes"
    expect_rc 0 export $type.thm $type.gguf -q
    expect_no_stderr
    expect_rc 0 run f32.thm --temp 0 -n 20 -q --hash
    cp err hash.f32
    expect_rc 0 run $type.thm --temp 0 -n 20 -q --hash
    cp err hash.thm
    expect_rc 0 run $type.bin --tokenizer tokenizer.bin --temp 0 -n 20 -q --hash
    expect_same err hash.thm
    expect_rc 0 run $type.gguf --temp 0 -n 20 -q --hash
    expect_same err hash.thm
  done
  # All but the rotary angles, which end the file, and which its maker rounded otherwise.
  cmp -n $(($(stat -c %s checkpoint.bin) - 256 * 6 * 4)) f32.bin checkpoint.bin || fail "other weights"
  expect_same tokenizer.bin vocabulary.bin
  expect_rc 0 export f32.thm alone.bin
  expect_stderr_has "--tokenizer FILE writes one"
  expect_rc 0 convert checkpoint.bin q8.thm --tokenizer vocabulary.bin -q
  refused 1 "q8.thm: the model computes in integers; export what it was made from" export q8.thm x.gguf
  refused 2 "two files are needed" export f32.thm
  refused 2 "x.onnx: name a file that ends with .gguf or .bin" export f32.thm x.onnx
  refused 2 "--tokenizer: a .gguf has the tokenizer inside" export f32.thm x.gguf --tokenizer t.bin
  refused 2 "f32.bin: is the input" export f32.bin f32.bin --tokenizer t.bin
  ls x.* 2> /dev/null && fail "a refusal left a file"
}

test_synth() {
  expect_rc 0 synth --like stories260k a.thm
  expect_stderr_has "a.thm: shape of stories260K, random weights of type q8, $(stat -c %s a.thm) bytes"
  expect_rc 0 synth --like stories260K b.thm -q
  expect_no_stderr
  expect_same a.thm b.thm
  expect_rc 0 inspect a.thm --verify
  expect_stdout_has "260032 in 47 tensors"
  expect_rc 0 run a.thm --temp 0 -n 5
  expect_rc 0 synth --like stories260K c.thm --seed 2 --type q4 --seq 128 -q
  expect_rc 0 inspect c.thm
  expect_stdout_matches '^context +128'
  refused 2 "--like gpt4: no such shape; there are stories260K, tiny-llm, stories15M" synth --like gpt4 x.thm
  refused 2 "no shape; name one with --like" synth x.thm
  refused 2 "no output" synth --like stories15M
}

# The stages of what thimble bench says in JSON: those of thimble plan, and all of a token. Where all heads go in one call,
# rotations count as "quantise".
check_stages() {
  python3 - "$1" << 'END' || fail "stages of a token"
import json, sys
for row in json.load(open(sys.argv[1])):
    names = [stage["stage"] for stage in row["stages"]]
    rope = ["rope"] if "rope" in names else []
    assert names == ["q, k, v", "wo", "gate, up", "down", "classifier", "attention", "norms", "quantise", *rope, "gate",
                     "add", "logits", "sampler", "engine"], names
    assert sum(stage["percent"] for stage in row["stages"]) > 99.9
    assert row["kernel_calls"] > 100 and row["stages_token_ns"] > 0
END
}

test_bench() {
  expect_rc 0 synth --like stories260K a.thm -q
  expect_rc 0 bench a.thm -p 5 -n 3 -r 2
  expect_stdout_matches '^\| attention \| [0-9.]+ \([0-9]+ %\) \|$'
  expect_stdout_matches '^\| a.thm \| q8 \| [0-9]+ \| pp5 \| '
  expect_stdout_matches '^\| a.thm \| q8 \| [0-9]+ \| tg3 \| .* %'
  expect_rc 0 bench a.thm -p 0 -n 3 -r 1 -t 2
  expect_stdout_matches '^\| a.thm \| q8 \| [0-9]+ \| tg3 \| .* \| [0-9.]+ \| [0-9]+ % \|$'
  expect_rc 0 bench a.thm a.thm -p 0 -n 4 -r 3 -o json
  expect_stdout_has '"n_gen": 4'
  expect_stdout_has '"median_ts": '
  expect_stdout_has '"percent_of_ceiling": '
  expect_stdout_has '"peak_ram": '
  ! command -v python3 > /dev/null || check_stages out
  refused 2 "no model; name some" bench
  refused 2 "-p 0 -n 0: leaves no test" bench a.thm -p 0 -n 0
  refused 2 "a test of 600 tokens does not fit its context of 512" bench a.thm -p 600
}

# Other engines are played: what they would print.
test_bench_compare() {
  expect_rc 0 synth --like stories260K a.thm -q
  echo weights > a.bin
  printf '#!/bin/sh\necho "$@" > said; echo "achieved tok/s: 100.000000" >&2\n' > llama2c
  printf '#!/bin/sh\necho "no such checkpoint" >&2\nexit 1\n' > broken
  chmod +x llama2c broken
  expect_rc 0 bench a.thm -p 5 -n 4 -r 1 --compare a.bin --llama2c ./llama2c --llama2c-tokenizer tok.bin
  grep -qx 'a.bin -z tok.bin -t 0 -n 4 -i a a a a ' said || fail "llama2.c was asked: $(cat said)"
  expect_stdout_matches '^\| llama2.c a.bin \|  \| 8 \| tg4 \| 100.0 \| 100.0 \|'
  expect_stdout_matches '^\| a.thm .* tg4 .* [0-9.]+ x \|$'
  expect_stdout_matches '^\| a.thm .* pp5 .* \|  \|$'
  refused 1 "./broken: says no rate for a.bin: no such checkpoint" bench a.thm --compare a.bin --llama2c ./broken
  refused 2 "needs --llama2c" bench a.thm --compare a.bin
  refused 2 "llama2.c only generates" bench a.thm --compare a.bin --llama2c ./llama2c -n 0
  refused 2 "llama2.c has one thread" bench a.thm --compare a.bin --llama2c ./llama2c -t 2
  refused 2 "neither a .gguf for llama.cpp nor a .bin for llama2.c" bench a.thm --compare a.thm
  refused 1 "b.bin: No such file" bench a.thm --compare b.bin --llama2c ./llama2c
  command -v python3 > /dev/null || return 0
  mkdir with without
  printf 'class Llama:\n  def __init__(self, path, **k): pass\n  def reset(self): pass\n  def eval(self, ids): pass\n' \
    > with/llama_cpp.py
  echo 'raise ImportError' > without/llama_cpp.py
  echo weights > a.gguf
  PYTHONPATH=$PWD/with expect_rc 0 bench a.thm -p 5 -n 4 -r 2 --compare a.gguf -o json
  expect_stdout_has '"engine": "llama.cpp"'
  PYTHONPATH=$PWD/without refused 1 "python3 has no package llama_cpp" bench a.thm --compare a.gguf
}
