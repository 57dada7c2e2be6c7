# Sections of cli_test.sh about texts on their way in and out: encodings, ends of lines, standard input, the prompt on
# stdout.

# expect_same_text FILE: every command reads FILE as it reads lf.txt, by its name and from standard input.
expect_same_text() {
  local file=$1
  expect_rc 0 tokenize model.thm -f "$file"
  expect_same out ids.txt
  expect_rc 0 eval model.thm --text "$file" --hash
  expect_same out scores.txt
  expect_rc 0 run model.thm -f "$file" -n 8 -q --temp 0 --ids
  expect_same out story.txt
  expect_same err story.ids
  last_run="run model.thm < $file"
  "$thimble" run model.thm -n 8 -q --temp 0 --ids < "$file" > out 2> err || fail "a prompt on stdin was refused"
  expect_same out story.txt
  expect_same err story.ids
  "$thimble" tokenize model.thm < "$file" > out 2> err || fail "a text on stdin was refused"
  expect_same out ids.txt
}

test_encodings() {
  make_models
  printf 'One day\nthe cat\n<|endoftext|>\nThen\n\nit rained.\n' > lf.txt
  expect_rc 0 tokenize model.thm -f lf.txt
  cp out ids.txt
  expect_rc 0 eval model.thm --text lf.txt --hash
  cp out scores.txt
  expect_rc 0 run model.thm -f lf.txt -n 8 -q --temp 0 --ids
  cp out story.txt && cp err story.ids
  sed 's/$/\r/' lf.txt > crlf.txt
  printf '\357\273\277' | cat - lf.txt > mark.txt
  printf '\357\273\277' | cat - crlf.txt > mark_crlf.txt
  for file in lf.txt crlf.txt mark.txt mark_crlf.txt; do expect_same_text "$file"; done

  # A CR alone ends no line. What is typed is taken as it is.
  printf 'a\rb\r' > cr.txt
  expect_rc 0 tokenize model.thm -f cr.txt
  cp out ids.txt
  expect_rc 0 tokenize model.thm -p 'a\rb\r'
  expect_same out ids.txt
  expect_rc 0 tokenize model.thm -p 'a\nb'
  cp out ids.txt
  expect_rc 0 tokenize model.thm -p 'a\r\nb'
  expect_different out ids.txt
}

test_foreign_encodings() {
  make_models
  # "One day" and a newline in each of them; the letters lie below 256, as in most texts.
  local letters=(O n e ' ' d a y '\n') le16='' be16='' le32='' be32='' letter
  for letter in "${letters[@]}"; do
    le16+="$letter\\0" be16+="\\0$letter" le32+="$letter\\0\\0\\0" be32+="\\0\\0\\0$letter"
  done
  # shellcheck disable=SC2059
  {
    printf "\377\376$le16" > UTF-16 && printf "\376\377$be16" > UTF-16.be
    printf "\377\376\0\0$le32" > UTF-32 && printf "\0\0\376\377$be32" > UTF-32.be
    printf "$le16" > UTF-16LE && printf "$be16" > UTF-16BE
    printf "$le32" > UTF-32LE && printf "$be32" > UTF-32BE
  }
  local file name
  for file in UTF-16 UTF-16.be UTF-16LE UTF-16BE UTF-32 UTF-32.be UTF-32LE UTF-32BE; do
    name=${file%.be}
    refused 1 "$file: is text in $name, not in UTF-8; convert it: iconv -f $name -t UTF-8" tokenize model.thm -f "$file"
    refused 1 "$file: is text in $name" run model.thm -f "$file"
    refused 1 "$file: is text in $name" eval model.thm --text "$file"
    "$thimble" run model.thm < "$file" > out 2> err && fail "$file on stdin was read"
    expect_one_line_of_stderr "standard input: is text in $name"
    if command -v iconv > /dev/null; then
      iconv -f "$name" -t UTF-8 "$file" > utf-8.txt || fail "the advice does not work"
      expect_rc 0 tokenize model.thm -f utf-8.txt
      [ "$(cat out)" = "$("$thimble" tokenize model.thm -p 'One day')" ] || fail "iconv's $name is not the same text"
    fi
  done
  printf 'Once upon\0a time' > zero.txt
  refused 1 "zero.txt: byte 9 is zero, which no text holds; name a text in UTF-8" tokenize model.thm -f zero.txt
}

# Commands that were given a text leave standard input to the loop around them.
test_loops() {
  make_models
  printf 'One day\nThen\nOnce\n' > lines.txt
  cp vocabulary.bin tokenizer.bin
  while read -r line; do
    "$thimble" run model.thm -p "$line" -n 2 -q > /dev/null
    "$thimble" run model.thm -f lines.txt -n 2 -q > /dev/null
    "$thimble" tokenize model.thm -p "$line" > /dev/null
    "$thimble" tokenize model.thm --decode 1 > /dev/null
    "$thimble" eval model.thm --text lines.txt -q > /dev/null
    "$thimble" convert checkpoint.bin other.thm -q
    "$thimble" inspect other.thm > /dev/null
    "$thimble" selftest other.thm > /dev/null
    "$thimble" --version > /dev/null
    printf '%s\n' "$line" >> seen.txt
  done < lines.txt
  last_run="... in a loop over lines"
  expect_same seen.txt lines.txt
  # Without a text, standard input is the text: all that is left of it.
  while read -r line; do
    "$thimble" run model.thm -n 0 --echo -q > rest.txt
  done < lines.txt
  [ "$(cat rest.txt)" = $'Then\nOnce' ] || fail "the prompt is not what is left of standard input"
}

test_echo() {
  make_models
  local options=(run model.thm -n 12 -s 5 -q)
  for prompt in "Once upon" "One day\nthe cat " "" " x"; do
    expect_rc 0 "${options[@]}" -p "$prompt"
    # shellcheck disable=SC2059
    { printf "$prompt" && cat out; } > expected.txt
    expect_rc 0 "${options[@]}" -p "$prompt" --echo
    expect_same out expected.txt
    expect_no_stderr
  done
  # No tokens: the prompt is read, and nothing but the prompt is written.
  expect_rc 0 run model.thm -p "Once upon" -n 0 --echo
  [ "$(cat out)" = "Once upon" ] || fail "-n 0 --echo wrote more than the prompt"
  expect_stderr_has "prompt     $("$thimble" tokenize model.thm -p "Once upon" --count) tokens in "
  expect_stderr_has "generated  0 tokens"
  expect_rc 0 run model.thm -p "Once upon" -n 0
  expect_no_stdout
}
