# Sections of cli_test.sh about what a checkpoint does not say itself: its tokenizer, its rope theta, its byte order.

# A sentencepiece .model beside the model comes before the .bin made from it, which has lost half of what it says.
test_tokenizers() {
  make_models
  local tokenizer
  for tokenizer in tokenizer.bin tokenizer.model "tok$vocab.bin" "tok$vocab.model"; do
    "$make_fixture" --tokenizer "$vocab" "$tokenizer" || exit 1
    expect_rc 0 run checkpoint.bin -n 3
    expect_stderr_has "using the tokenizer $tokenizer, found beside the model"
    expect_stderr_lacks "passed over"
  done
  expect_rc 0 tokenize checkpoint.bin -p "the  end " --no-bos
  cp out removed.txt
  expect_rc 0 tokenize vocabulary.bin -p "the end" --no-bos
  expect_same out removed.txt
  expect_rc 0 tokenize checkpoint.bin --tokenizer vocabulary.bin -p "the  end " --no-bos
  expect_different out removed.txt

  # The setting goes into the file, which then is of version 1.1; nothing else is.
  expect_rc 0 convert checkpoint.bin spaces.thm -q
  expect_rc 0 inspect spaces.thm
  expect_stdout_has ".thm 1.1"
  expect_rc 0 tokenize spaces.thm -p "the  end " --no-bos
  expect_same out removed.txt
  expect_rc 0 convert checkpoint.bin plain.thm --tokenizer vocabulary.bin -q
  expect_rc 0 inspect plain.thm
  expect_stdout_has ".thm 1.0"
}

test_tokenizers_passed_over() {
  make_models
  "$make_fixture" --tokenizer 280 "tok$vocab.model" || exit 1
  printf 'no tokenizer' > "tok$vocab.bin"
  "$make_fixture" --tokenizer $((vocab + 1)) tokenizer.bin || exit 1
  refused 1 "checkpoint.bin: has no tokenizer inside, and none with $vocab pieces lies beside it (passed over \
tok$vocab.model: has 280 pieces, the model $vocab, tok$vocab.bin: piece 0: " run checkpoint.bin
  expect_stderr_has "tokenizer.bin: has $((vocab + 1)) pieces, the model $vocab); name one with --tokenizer FILE"
  cp vocabulary.bin tokenizer.bin
  expect_rc 0 run checkpoint.bin -n 3
  expect_stderr_has "thimble: passed over tok$vocab.model: has 280 pieces, the model $vocab"
  expect_stderr_has "thimble: passed over tok$vocab.bin: piece 0: "
  expect_stderr_has "thimble: using the tokenizer tokenizer.bin, found beside the model"
  expect_rc 0 run checkpoint.bin -n 3 -q
  expect_no_stderr
}

# A model may have a few ids more than its tokenizer has pieces.
test_padded_vocabulary() {
  make_models
  local pieces
  for pieces in $((vocab - 1)) $((vocab / 2)); do
    "$make_fixture" --tokenizer "$pieces" padded.bin || exit 1
    expect_rc 0 convert checkpoint.bin padded.thm --tokenizer padded.bin
    expect_stderr_has "the tokenizer has $pieces pieces for the model's $vocab ids: the rest is padding"
    expect_rc 0 inspect padded.thm --verify
    expect_stdout_has "$vocab pieces"
    expect_stdout_has ".thm 1.0"
    expect_rc 0 run padded.thm --temp 5 --top-k 0 --min-p 0 -n 50
  done
  "$make_fixture" --tokenizer $((vocab / 2 - 1)) padded.bin || exit 1
  refused 1 "padded.bin: has $((vocab / 2 - 1)) pieces, but the model checkpoint.bin has $vocab, more than padding \
explains; name the model's own tokenizer" run checkpoint.bin --tokenizer padded.bin
  "$make_fixture" --tokenizer $((vocab + 1)) more.bin || exit 1
  refused 1 "more.bin: has $((vocab + 1)) pieces, but the model checkpoint.bin has $vocab; name" \
    run checkpoint.bin --tokenizer more.bin
  # Found by its name, only up to a round size.
  "$make_fixture" --tokenizer $((vocab - 1)) tokenizer.bin || exit 1
  expect_rc 0 run checkpoint.bin -n 3
  expect_stderr_has "the tokenizer has $((vocab - 1)) pieces for the model's $vocab ids: the rest is padding"
  "$make_fixture" --tokenizer $((vocab - 5)) tokenizer.bin || exit 1
  refused 1 "tokenizer.bin: has $((vocab - 5)) pieces, the model $vocab" run checkpoint.bin
}

test_rope_theta() {
  make_models
  local size
  size=$(stat -c %s checkpoint.bin)
  expect_rc 0 run checkpoint.bin --tokenizer vocabulary.bin --temp 0 -n 20 -q --hash
  cp err usual.txt
  expect_rc 0 run checkpoint.bin --tokenizer vocabulary.bin --temp 0 -n 20 -q --hash --rope-theta 10000
  expect_same err usual.txt
  expect_rc 0 run checkpoint.bin --tokenizer vocabulary.bin --temp 0 -n 20 -q --hash --rope-theta 500000
  cp err other.txt
  expect_different other.txt usual.txt
  expect_rc 0 convert checkpoint.bin other.thm --type f32 --tokenizer vocabulary.bin --rope-theta 5e5 -q
  expect_rc 0 run other.thm --temp 0 -n 20 -q --hash
  expect_same err other.txt
  expect_rc 0 inspect other.thm
  expect_stdout_matches '^rope theta +500000$'
  refused 2 "other.thm: has its own rope theta; leave out --rope-theta" run other.thm --rope-theta 10000
  for bad in 0 0.5 -1 nan x; do
    refused 2 "--rope-theta" run checkpoint.bin --tokenizer vocabulary.bin --rope-theta "$bad"
  done
  # The table of rotary angles ends the file of a model without a classifier of its own.
  cp checkpoint.bin odd.bin
  overwrite odd.bin $((size - 4)) '\0\0\300\177'
  refused 1 "odd.bin: the rotary table (freq_cis_real, freq_cis_imag) fits no rope theta: " \
    run odd.bin --tokenizer vocabulary.bin
  expect_stderr_has "; name the theta that the model was trained with by --rope-theta"
  expect_rc 0 run odd.bin --tokenizer vocabulary.bin --temp 0 -n 20 -q --hash --rope-theta 10000
  expect_same err usual.txt
}

test_byte_order() {
  make_models
  # dim 24, hidden_dim 44, 3 layers, 4 heads, 2 kv heads, 300 pieces, context 256.
  printf '\0\0\0\30\0\0\0\54\0\0\0\3\0\0\0\4\0\0\0\2\0\0\1\54\0\0\1\0' > big.bin
  head -c 100000 /dev/zero >> big.bin
  refused 1 "big.bin: this is a big-endian llama2.c checkpoint; export it in little-endian order" run big.bin
  refused 1 "big.bin: this is a big-endian llama2.c checkpoint; export it in little-endian order" convert big.bin x.thm
  printf 'MHT\211' > swapped.thm
  tail -c +5 model.thm >> swapped.thm
  refused 1 "swapped.thm: this is a .thm file with its bytes swapped in words; copy it again" run swapped.thm
  printf '\0\0\0\5\0\0\0\0\0\0\0\5<unk>' > big_tokenizer.bin
  refused 1 "big_tokenizer.bin: this is a big-endian tokenizer.bin" run checkpoint.bin --tokenizer big_tokenizer.bin
}
