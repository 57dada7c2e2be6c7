# Sections of cli_test.sh about boards: thimble image, thimble flash. Their files are read by tests/flash/, which knows
# partition tables on its own.

check_flash="python3 $here/../flash/check_folder.py"

need_python() {
  command -v python3 > /dev/null && return
  echo "SKIPPED: needs python3"
  exit 77
}

# make_build FOLDER CHIP SIZE [APP_BYTES [TABLE]]: what a build of ESP-IDF leaves, as far as it is read.
make_build() { python3 "$here/../flash/make_build.py" "$@" || exit 1; }

test_image() {
  need_python
  make_models
  local board flash file
  expect_rc 0 image --help
  for file in "$here"/../../boards/*.json; do expect_stdout_matches "[{,]$(basename "$file" .json)[,}]"; done
  while read -r board flash; do
    expect_rc 0 image model.thm --board "$board" -o "$board"
    expect_stdout_has "$board: "
    expect_stdout_matches "^esptool 5: +esptool --chip esp32[a-z0-9]* --port PORT --baud 460800 write-flash \
--flash-size ${flash}MB 0x110000 $board/model.bin$"
    expect_stdout_matches "^esptool 4: +esptool.py --chip esp32[a-z0-9]* --port PORT --baud 460800 write_flash \
--flash_size ${flash}MB 0x110000 $board/model.bin$"
    expect_no_stderr
    $check_flash "$board" "$flash" model.thm || fail "$board: the folder is not right"
  done <<< "esp32-s3-n16r8 16
esp32-s3-n8r8 8
esp32-s3-n8r2 8
esp32-s3-n8 8
esp32-s3-n4r2 4
esp32-s3-eye-n8r8 8
esp32-devkitc 4
esp32-wrover 4
esp32-cam 4
esp32-c3-supermini 4
esp32-c6-devkitc 8
esp32-p4-function-ev 16"

  # By the tables of programs with the network.
  local offset
  while read -r board flash offset; do
    expect_rc 0 image model.thm --network --board "$board" -o "$board.network"
    expect_stdout_has "--flash-size ${flash}MB $offset $board.network/model.bin"
    expect_stdout_matches "^  model_b +0x"
    $check_flash "$board.network" "$flash" model.thm || fail "$board.network: the folder is not right"
  done <<< "esp32-s3-n16r8 16 0x3e0000
esp32-s3-n8r8 8 0x360000
esp32-devkitc 4 0x1a0000"

  # Without a model it is the one that ships.
  expect_rc 0 image --board esp32-devkitc -o shipped
  expect_stderr_has "no model was named; this is "
}

test_image_refusals() {
  need_python
  make_models
  refused 2 "no board; name one with --board" image model.thm -o x
  refused 2 "no folder to write to; name one with -o" image model.thm --board esp32-devkitc
  refused 2 "--app and --network" image model.thm --board esp32-devkitc -o x --app build --network
  refused 2 "--board: esp32 is none of esp32-c3-supermini, " image model.thm --board esp32 -o x
  refused 1 "nofolder/x: no such file" image model.thm --board esp32-devkitc -o nofolder/x
  refused 1 "model.thm: is a file; choose another name for the folder" image model.thm --board esp32-devkitc -o model.thm
  refused 1 "checkpoint.bin: a chip reads .thm files; convert it first: thimble convert checkpoint.bin" \
    image checkpoint.bin --tokenizer vocabulary.bin --board esp32-devkitc -o x
  cp model.thm bad.thm
  overwrite bad.thm $(($(stat -c %s bad.thm) - 100)) '\377\377\377\377'
  refused 1 "bad.thm: " image bad.thm --board esp32-devkitc -o x
  # 4 MB less the megabyte of the app: 3,080,192 bytes. Version 0 of zeros: dim 512, hidden_dim 1024, a layer, 8 heads.
  local field
  {
    # shellcheck disable=SC2059
    for field in 512 1024 1 8 8 "$vocab" 16; do printf "$(le32 "$field")"; done
    head -c $((4 * (vocab * 512 + 3 * 512 + 4 * 512 * 512 + 3 * 512 * 1024 + 16 * 64))) /dev/zero
  } > big.bin
  expect_rc 0 convert big.bin big.thm --tokenizer vocabulary.bin --type f32 -q
  local bytes
  bytes=$(stat -c %s big.thm)
  refused 1 "big.thm: has $bytes bytes, $((bytes - 3080192)) more than the partition model holds; convert it to a \
smaller type (thimble convert --type q4), or choose a board with more flash" \
    image big.thm --board esp32-devkitc -o x
  [ ! -e x ] || fail "a folder was made for nothing"

  # An earlier image is not written over by mistake.
  expect_rc 0 image model.thm --board esp32-devkitc -o folder
  refused 1 "folder: has a flasher_args.json already; choose another folder, or replace it with --force" \
    image model.thm --board esp32-s3-n8 -o folder
  expect_rc 0 image model.thm --board esp32-s3-n8 -o folder --force
  $check_flash folder 8 model.thm || fail "the folder was not replaced"
  mkdir mine
  echo precious > mine/model.bin
  refused 1 "mine: has a model.bin already" image model.thm --board esp32-devkitc -o mine
  [ "$(ls mine)" = model.bin ] || fail "something was written"
}

# A whole flash, by the table of a build.
test_image_of_build() {
  need_python
  make_models
  local bytes partition
  bytes=$(stat -c %s model.thm)
  make_build build esp32s3 16MB 700000
  expect_rc 0 image model.thm --board esp32-s3-n16r8 -o folder --app build
  expect_stdout_matches "^  factory +0x10000 +1048576 +700000 +348576$"
  expect_stdout_has "write-flash --flash-mode dio --flash-freq 80m --flash-size 16MB 0x0 folder/bootloader.bin 0x8000 \
folder/partition-table.bin 0x10000 folder/app.bin 0x110000 folder/model.bin"
  for name in bootloader.bin partition-table.bin app.bin; do
    expect_same "folder/$name" "$(find build -name $name)"
  done
  # The build's own model is replaced by the one that was named.
  make_build build esp32s3 16MB 700000 with_model
  expect_rc 0 image model.thm --board esp32-s3-n16r8 -o folder2 --app build
  [ "$(grep -c 0x110000 folder2/flasher_args.json)" -eq 1 ] || fail "two models"

  # What does not fit, by the byte.
  make_build build esp32s3 16MB 1048576
  expect_rc 0 image model.thm --board esp32-s3-n16r8 -o folder3 --app build
  make_build build esp32s3 16MB 1048579
  refused 1 "build: app.bin: has 1048579 bytes, 3 more than the partition factory holds; make the partition larger" \
    image model.thm --board esp32-s3-n16r8 -o x --app build
  partition=$(((bytes - 1) / 4096 * 4096))
  make_build build esp32s3 16MB 1000 model_bytes=$partition
  refused 1 "model.thm: has $bytes bytes, $((bytes - partition)) more than the partition model holds; convert it to" \
    image model.thm --board esp32-s3-n16r8 -o x --app build
  make_build build esp32 4MB 1000
  refused 1 "build: was built for esp32, but esp32-s3-n8 has an esp32s3; build it again: idf.py set-target esp32s3" \
    image model.thm --board esp32-s3-n8 -o x --app build
  make_build build esp32s3 16MB 1000
  refused 1 "build: was built for 16MB of flash, but esp32-s3-n8 has 8MB; choose its size in menuconfig" \
    image model.thm --board esp32-s3-n8 -o x --app build
  make_build build esp32s3 8MB 1000 model_bytes=$((16 << 20))
  refused 1 "the partition model ends " image model.thm --board esp32-s3-n8 -o x --app build
  make_build build esp32s3 8MB 1000 no_model
  refused 1 "the build's partition table has no partition \"model\"; add one" \
    image model.thm --board esp32-s3-n8 -o x --app build
  overwrite build/partition_table/partition-table.bin 32 'garbage'
  refused 1 "partition-table.bin: is no partition table of ESP-IDF" \
    image model.thm --board esp32-s3-n8 -o x --app build
  echo '{' > build/flasher_args.json
  refused 1 "build/flasher_args.json: is not what a build of ESP-IDF or thimble image writes" \
    image model.thm --board esp32-s3-n8 -o x --app build
  rm build/flasher_args.json
  refused 1 "build/flasher_args.json: no such file" image model.thm --board esp32-s3-n8 -o x --app build
  [ ! -e x ] || fail "a folder was made for nothing"
}

# fake_esptool NAME VERSION: a program of that name that writes its arguments down, one per line, and ends with the
# status in the file `status`.
fake_esptool() {
  mkdir -p bin
  cat > "bin/$1" <<FAKE
#!/bin/sh
[ "\$*" = "version" ] && echo "$2" && exit
printf '%s\n' "$1" "\$@" > "$PWD/said"
echo "from the tool"
exit \$(cat "$PWD/status")
FAKE
  chmod +x "bin/$1"
}

test_flash() {
  make_models
  expect_rc 0 image model.thm --board esp32-c3-supermini -o folder
  local path=$PATH
  # A PATH with what the test itself needs, and no esptool.
  mkdir tools
  for tool in sh cat cmp printf grep head sed wc mkdir chmod rm; do ln -s "$(command -v $tool)" tools/$tool; done
  PATH=$PWD/bin:$PWD/tools
  echo 0 > status
  refused 1 "esptool is not installed, and it is what writes to a board; install it with: pip install esptool" \
    flash --port /dev/ttyX folder
  refused 2 "no port; name the board's with --port, such as " flash folder
  refused 2 "--baud: 9000 is not a whole number from 9600 to 5000000" flash --port x --baud 9000 folder
  refused 1 "nowhere: has no flasher_args.json; make it with thimble image" flash --port x nowhere

  fake_esptool esptool.py "esptool.py v4.8.1
4.8.1"
  expect_rc 0 flash --port /dev/ttyX folder
  expect_stdout_has "from the tool"
  expect_one_line_of_stderr "thimble: esptool.py --chip esp32c3 --port /dev/ttyX --baud 460800 write_flash \
--flash_size 4MB 0x110000 folder/model.bin"
  printf '%s\n' esptool.py --chip esp32c3 --port /dev/ttyX --baud 460800 write_flash --flash_size 4MB 0x110000 \
    folder/model.bin > expected
  expect_same said expected

  # The new one is preferred, and spelled its own way.
  fake_esptool esptool "esptool v5.1.0
5.1.0"
  expect_rc 0 flash --port "a port" --baud 115200 folder
  printf '%s\n' esptool --chip esp32c3 --port "a port" --baud 115200 write-flash --flash-size 4MB 0x110000 \
    folder/model.bin > expected
  expect_same said expected
  echo 2 > status
  expect_rc 1 flash --port /dev/ttyX folder
  expect_stderr_has "esptool ended with status 2; hold BOOT while you tap EN"
  expect_stderr_has "the flash was said to have 4MB"
  echo 130 > status
  expect_rc 130 flash --port /dev/ttyX folder
  expect_stderr_lacks "ended with"
  echo 0 > status

  # As a module of Python, where there is no program of that name.
  rm bin/esptool bin/esptool.py
  cat > bin/python3 <<FAKE
#!/bin/sh
[ "\$*" = "-m esptool version" ] && echo "4.7.0" && exit
printf '%s\n' "\$@" > "$PWD/said"
FAKE
  chmod +x bin/python3
  expect_rc 0 flash --port x folder
  printf '%s\n' -m esptool --chip esp32c3 --port x --baud 460800 write_flash --flash_size 4MB 0x110000 \
    folder/model.bin > expected
  expect_same said expected
  PATH=$path
}

test_inspect_json() {
  need_python
  make_models
  local options model
  for model in model.thm "checkpoint.bin --tokenizer vocabulary.bin" ../../story.thm; do
    [ "$model" != ../../story.thm ] || model=$(dirname "$thimble")/story.thm
    for options in "" "-b 1 --fast 1000000 --verify" "-c 16 -b 1 --fast 60000 --fast 4000"; do
      # shellcheck disable=SC2086
      expect_rc 0 inspect $model $options --json
      expect_no_stderr
      mv out document.json
      # shellcheck disable=SC2086
      expect_rc 0 inspect $model $options --tensors
      python3 "$here/check_inspection.py" document.json out || fail "the JSON and the text of $model $options differ"
    done
  done
  # A damaged model leaves no half of a document.
  cp model.thm bad.thm
  overwrite bad.thm $(($(stat -c %s bad.thm) - 100)) '\377\377\377\377'
  refused 1 "bad.thm: " inspect bad.thm --json --verify
  # Whatever a file says about itself, the document is one.
  expect_rc 0 convert checkpoint.bin odd.thm --tokenizer vocabulary.bin --name $'"a\x1b[31m\\b' -q
  expect_rc 0 inspect odd.thm --json
  python3 -c 'import json; assert json.load(open("out"))["about"]["name"] == "\"a\x1b[31m\\b"' || fail "the name changed"
}

test_plan() {
  need_python
  make_models
  expect_rc 0 plan model.thm
  local file
  for file in "$here"/../../boards/*.json; do expect_stdout_matches "^$(basename "$file" .json) "; done
  expect_stdout_has "predicted, no board has been measured"
  expect_rc 0 plan model.thm --board esp32-s3-n16r8
  expect_stdout_matches "^context $context, 8 tokens a sweep of a prompt, kv cache of f32, 2 workers$"
  expect_stdout_matches "^  layers 0 to [0-9]+ +[0-9]+ +- +- +-$"
  expect_stdout_matches "^  attention +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+  #*\.*$"
  expect_stdout_matches "^predicted: [0-9.]+ tok/s, first token after [0-9.]+ m?s for a prompt of 16; kernels xtensa-pie, as its firmware has them$"
  expect_stdout_has "with kernels xtensa-mac16, without its vectors"
  expect_stdout_has "assumptions:"
  expect_no_stderr
  # A name that it is sold under, in any case.
  mv out by_name
  expect_rc 0 plan model.thm --board ESP32-S3-DevKitC-1-N16R8
  expect_same out by_name
  # Without a model it is the one that ships.
  expect_rc 0 plan --board esp32-c3-supermini
  expect_stderr_has "no model was named; this is "
  expect_stdout_has " mJ a token"
  # A model that does not exist yet, which fits only onto a card.
  expect_rc 0 plan --shape dim=288,hidden=768,layers=6,heads=6,vocab=32000,type=q4 --board esp32-s3-n8r8
  expect_stdout_has "the file does not fit into flash; this is with it on an SD card"
  expect_stdout_has "what would make it fit into flash:"
  expect_stdout_has "pruned to"
  # A picture is one document, whatever the model is called.
  cp model.thm 'a<b&"c.thm'
  expect_rc 0 plan 'a<b&"c.thm' --svg picture.svg
  expect_rc 0 plan 'a<b&"c.thm' --board esp32-cam --svg board.svg
  python3 -c '
import sys, xml.etree.ElementTree as tree
for name, bars in ("picture.svg", 12), ("board.svg", 6):
    root = tree.parse(name).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg", root.tag
    texts = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any("a<b&\"c.thm" in t for t in texts), texts
    assert len(list(root.iter("{http://www.w3.org/2000/svg}rect"))) > bars' || fail "the picture is not right"
}

test_plan_json() {
  need_python
  make_models
  expect_rc 0 plan model.thm --json
  python3 "$here/check_plan.py" out "$here/../../boards" || fail "the document is not right"
  expect_rc 0 plan model.thm --board esp32-s3-n16r8 --wifi --framework arduino --context 16 --kv i8 --prompt 3 --json
  python3 "$here/check_plan.py" out "$here/../../boards" || fail "the document of one board is not right"
  python3 -c '
import json
board = json.load(open("out"))["boards"][0]
assert board["context"] == 16 and board["mean_of_tokens"] == 16, board["context"]' || fail "the context was not heard"
}

test_plan_refusals() {
  make_models
  refused 2 "--board esp32: no such board; there are esp32-c3-supermini, esp32-c6-devkitc, esp32-cam, " \
    plan model.thm --board esp32
  refused 2 "-c $((context + 1)): longer than the model's context of $context" plan model.thm -c $((context + 1))
  refused 2 "a model and --shape; name one of them" plan model.thm --shape dim=64
  refused 2 "hidden is missing; write it as dim=288," plan --shape dim=64,layers=2,heads=2,vocab=512
  refused 2 "\"depth=3\" is none of dim=, hidden=" plan --shape dim=64,depth=3
  refused 2 "layers needs a whole number from 1" plan --shape layers=many
  refused 2 "dim is no multiple of twice the heads" plan --shape dim=65,hidden=64,layers=2,heads=2,vocab=512
  refused 2 "a vocabulary has 300 pieces at least" plan --shape dim=64,hidden=64,layers=2,heads=2,vocab=100
  refused 2 "there are q8, q4, mixed, f16 and f32" plan --shape dim=64,hidden=64,layers=2,heads=2,vocab=512,type=q5
  refused 2 "takes more than a gigabyte" plan --shape dim=4096,hidden=16384,layers=32,heads=32,vocab=32000,type=q8
  refused 2 "--framework" plan model.thm --framework mbed
  refused 1 "esp32-p4-function-ev: ESP32-P4 has no radio; leave out --wifi" \
    plan model.thm --board esp32-p4-function-ev --wifi
  refused 1 "nowhere.thm: no such file" plan nowhere.thm
  refused 1 "nofolder/x.svg: its folder does not exist" plan model.thm --svg nofolder/x.svg
}

# Every board with every model at hand; how long it took is printed, and nobody fails by it.
test_plan_speed() {
  make_models
  local model from to
  for model in model.thm "$(dirname "$thimble")/story.thm" "checkpoint.bin --tokenizer vocabulary.bin" \
    "--shape dim=288,hidden=768,layers=6,heads=6,vocab=32000,type=q4" \
    "--shape dim=512,hidden=1376,layers=8,heads=8,vocab=32000,type=q4"; do
    from=$(date +%s%N)
    # shellcheck disable=SC2086
    expect_rc 0 plan $model
    to=$(date +%s%N)
    echo "every board, $model: $(((to - from) / 1000000)) ms"
  done
}
