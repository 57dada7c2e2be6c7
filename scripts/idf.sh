# shellcheck shell=bash
# Sourced by test.sh: the group `idf`. Where ESP-IDF is at hand, every app is built for every target; where Espressif's
# QEMU is, too, the storyteller boots in it and talks as the desktop's does.

readonly idf_targets=(esp32s3 esp32 esp32c3 esp32c6 esp32p4)
readonly idf_emulated=(esp32s3 esp32 esp32c3)
readonly idf_with_card=(esp32s3 esp32)  # whose host for cards is emulated, too
readonly idf_work=build/idf
readonly idf_streamed_tokens=6  # tests/firmware/emulated_sd_stream.sdkconfig

group_idf() {
  local group_failed=0 target app
  if ! command -v idf.py >/dev/null; then
    echo 'SKIPPED: every app for every target: idf.py is not on PATH; open the terminal of ESP-IDF, or: . export.sh'
    count skipped
    return
  fi
  idf.py --version
  build_release
  mkdir -p "$idf_work"
  for app in firmware/*/sdkconfig.defaults; do
    app=$(dirname "$app")
    for target in "${idf_targets[@]}"; do
      if [[ -d $app/components/thimble_wifi ]] && ! has_wifi_library "$target"; then
        echo "SKIPPED: $(basename "$app") for $target: ESP-IDF's Wi-Fi library is not there;" \
          'git submodule update --init components/esp_wifi/lib components/esp_phy/lib in its folder fetches it'
        count skipped
        continue
      fi
      check "$(basename "$app") for $target: builds, without a warning of ours" build_idf_app "$app" "$target"
    done
  done
  for target in "${idf_emulated[@]}"; do emulate_storyteller "$target"; done
  for target in "${idf_with_card[@]}"; do emulate_sd_stream "$target"; done
  emulate_network
  check 'flash, memory and stack, by the linker and the emulated runs' figures_of_emulated
  return "$group_failed"
}

# A program that may have Wi-Fi is linked with libraries that come as a submodule of ESP-IDF, which a clone without
# --recursive lacks. An ESP32-P4 has no radio. Without IDF_PATH, which export.sh sets, nobody knows, so it is tried.
has_wifi_library() {
  [[ $1 == esp32p4 || -z ${IDF_PATH:-} || -f $IDF_PATH/components/esp_wifi/lib/$1/libnet80211.a ]]
}

# idf_build_folder APP TARGET [emulated|network|emulated_card]
idf_build_folder() { echo "$PWD/$idf_work/$(basename "$1")-$2${3:+-$3}"; }

# build_idf_app APP TARGET [emulated|network|emulated_card]: a folder of its own, so that neither the sources nor another
# build see its settings. Those of all emulated programs, of this one where there are some, of a card's slot, of a network
# and a card's slot.
build_idf_app() {
  local folder log defaults=$PWD/$1/sdkconfig.defaults
  folder=$(idf_build_folder "$@")
  log=$folder.log
  if [[ -n ${3:-} ]]; then
    defaults+=";$PWD/tests/firmware/emulated.sdkconfig"
    [[ $3 != emulated_card && $3 != network ]] || defaults+=";$PWD/tests/firmware/emulated_card.sdkconfig"
    ! [[ -f tests/firmware/emulated_$(basename "$1").sdkconfig ]] ||
      defaults+=";$PWD/tests/firmware/emulated_$(basename "$1").sdkconfig"
    [[ $3 != network ]] || defaults+=";$PWD/tests/firmware/emulated_network.sdkconfig"
  fi
  idf.py -C "$1" -B "$folder" -D SDKCONFIG="$folder/sdkconfig" -D SDKCONFIG_DEFAULTS="$defaults" -D IDF_TARGET="$2" \
    build >"$log" 2>&1 || { tail -n 40 "$log" && return 1; }
  # What ESP-IDF itself warns of is not ours to mend.
  ! grep -E "^$PWD/(src|include|ports|firmware)/[^ ]*: warning:" "$log" || return 1
  idf.py -C "$1" -B "$folder" -D SDKCONFIG="$folder/sdkconfig" size
}

# Debian's QEMU has the processors, too, but not the chips.
has_machine() {
  local machines
  machines=$("$1" -machine help 2>/dev/null) && grep -q "^$2 " <<<"$machines"
}

# The model partition empty, missing, with a good model, with a damaged one; the S3 with PSRAM and without.
emulate_storyteller() {
  local target=$1 qemu=qemu-system-xtensa
  [[ $target != esp32c3 ]] || qemu=qemu-system-riscv32
  if ! has_machine "$qemu" "$target"; then
    echo "SKIPPED: the storyteller on an emulated $target: no $qemu of Espressif's on PATH (idf_tools.py install)"
    count skipped
    return
  fi
  "$qemu" --version | head -n 1
  make_damaged_model "$idf_work/damaged.thm"
  check "$target: the storyteller builds for an emulated chip" build_idf_app firmware/storyteller "$target" emulated
  check "$target: the model that ships" talk_to_emulated "$target" absent ''
  check "$target: no model partition" talk_to_emulated "$target" absent '' --without-partition model
  check "$target: a model in the partition" talk_to_emulated "$target" good '' --model models/story.thm
  check "$target: a damaged model in the partition" \
    talk_to_emulated "$target" damaged '' --model "$idf_work/damaged.thm"
  if [[ $target == esp32s3 ]]; then  # an emulated chip has octal PSRAM when told so; without, none is found
    check "$target: octal PSRAM" talk_to_emulated "$target" absent \
      '-m 8M -global driver=ssi_psram,property=is_octal,value=true'
  fi
}

make_damaged_model() {
  cp models/story.thm "$1"
  printf '\377\377\377\377' | dd of="$1" bs=1 seek=100000 conv=notrunc status=none
}

# talk_to_emulated TARGET PARTITION QEMU-OPTIONS [OPTION of scripts/flash_image.py...]
talk_to_emulated() {
  local target=$1 partition=$2 flash=$idf_work/$1.flash
  local -a machine
  read -r -a machine <<<"$3"
  shift 3
  python3 scripts/flash_image.py "$(idf_build_folder firmware/storyteller "$target" emulated)" "$flash" --whole-flash "$@" &&
    python3 tests/firmware/storyteller_dialogue.py --thimble build/release/thimble --model models/story.thm --chip \
      --partition "$partition" --patience 600 -- tests/firmware/run_esp32.sh "$target" "$flash" "${machine[@]}" |
    tee "$idf_work/$target-$partition.dialogue"
}

# Models larger than the memory, on a FAT card behind the real driver: each type of weights, then a card that is taken out
# and put back, and one that is spoilt, while the story is told.
emulate_sd_stream() {
  local target=$1 tool model
  for tool in mkfs.fat mcopy; do
    if ! command -v "$tool" >/dev/null; then
      echo "SKIPPED: a model on the card of an emulated $target: no $tool on PATH (dosfstools, mtools)"
      count skipped
      return
    fi
  done
  has_machine qemu-system-xtensa "$target" || {
    echo "SKIPPED: a model on the card of an emulated $target: no qemu-system-xtensa of Espressif's on PATH"
    count skipped
    return
  }
  check "$target: sd_stream builds for an emulated chip" build_idf_app firmware/sd_stream "$target" emulated
  for model in tiny-llm:q8 tiny-llm:f32 stories15M:q4; do
    check "$target: $model from a card" stream_on_emulated "$target" "$model"
  done
  check "$target: a card that is taken out and put back" stream_on_emulated "$target" tiny-llm:q8 --pull
  check "$target: a card that is spoilt meanwhile" stream_on_emulated "$target" tiny-llm:q8 --cut
  check "$target: the storyteller builds for a chip with a card" build_idf_app firmware/storyteller "$target" emulated_card
  check "$target: the storyteller tells from the card" tell_from_card "$target"
}

# tell_from_card TARGET
tell_from_card() {
  local target=$1 flash=$idf_work/$1.card.flash model=$idf_work/tiny-llm-q8.thm
  python3 scripts/flash_image.py "$(idf_build_folder firmware/storyteller "$target" emulated_card)" "$flash" --whole-flash &&
    python3 tests/firmware/storyteller_card_test.py --thimble build/release/thimble --built-in models/story.thm \
      --model "$model" --card "$idf_work/$target.card" -- tests/firmware/run_esp32.sh "$target" "$flash"
}

# stream_on_emulated TARGET SHAPE:TYPE [OPTION of sd_stream_test.py...]
stream_on_emulated() {
  local target=$1 shape=${2%:*} type=${2#*:} flash=$idf_work/$1.sd_stream.flash
  shift 2
  local model=$idf_work/$shape-$type.thm
  [[ -f $model ]] || build/release/thimble synth --like "$shape" --type "$type" "$model" || return 1
  python3 scripts/flash_image.py "$(idf_build_folder firmware/sd_stream "$target" emulated)" "$flash" --whole-flash &&
    python3 tests/firmware/sd_stream_test.py --thimble build/release/thimble --model "$model" \
      --tokens "$idf_streamed_tokens" --card "$idf_work/$target.card" "$@" -- tests/firmware/run_esp32.sh "$target" "$flash"
}

# The page and the API of an emulated S3, with Ethernet in the place of the radio: in a browser, by the official client, and
# by eight clients of whom half vanish (THIMBLE_LOAD_MINUTES, 1 unless it is set). Then models and programs are brought to
# it, to a card as well, and its power goes in between.
emulate_network() {
  local target=esp32s3 url=http://127.0.0.1:18080/ build flash=$idf_work/network.flash log=$idf_work/network.log pid
  local -a card=() board=(tests/firmware/run_esp32.sh "$target" "$flash" -m 8M
    -global 'driver=ssi_psram,property=is_octal,value=true' -nic 'user,model=open_eth,hostfwd=tcp:127.0.0.1:18080-:80')
  has_machine qemu-system-xtensa "$target" || {
    echo "SKIPPED: the page of an emulated $target: no qemu-system-xtensa of Espressif's on PATH"
    count skipped
    return
  }
  check "$target: the storyteller builds with a network" build_idf_app firmware/storyteller "$target" network
  build=$(idf_build_folder firmware/storyteller "$target" network)
  python3 scripts/flash_image.py "$build" "$flash" --whole-flash || return
  "${board[@]}" >"$log" 2>&1 < <(sleep infinity) &
  pid=$!
  check "$target: the page is there" wait_for_board "$url"
  if make_web_venv; then
    check "$target: its page in a browser" env THIMBLE_BOARD="$url" "$web_work/venv/bin/python" -m unittest discover \
      -s tests/web -p '*_test.py'
  else
    echo "SKIPPED: the page of an emulated $target in a browser: no PyPI" && count skipped
  fi
  mkdir -p build/server
  make_client_venv
  check "$target: the official client" "$(client_python)" tests/server/clients.py build/release/thimble openai "$url"
  check "$target: eight clients, half of them vanish" python3 tests/server/board_load.py build/release/thimble "$url" \
    "${THIMBLE_LOAD_MINUTES:-1}"
  check "$target: its watchdog was quiet, and it never restarted" no_trouble_in "$log"
  kill "$pid"
  wait "$pid" || true  # else the next one finds its port taken
  python3 scripts/flash_image.py "$build" "$flash" --whole-flash || return
  if command -v mkfs.fat >/dev/null; then
    card=(--card "$idf_work/network.card")
  else
    echo "SKIPPED: models that come to the card of an emulated $target: no mkfs.fat on PATH (dosfstools)"
    count skipped
  fi
  check "$target: models and programs come over the network" python3 tests/firmware/storyteller_update.py \
    --model models/story.thm --program "$build/storyteller.bin" --url "$url" "${card[@]}" --patience 240 -- "${board[@]}"
}

wait_for_board() {
  local second
  for ((second = 0; second < 60; ++second)); do
    ! curl --silent --fail --max-time 5 "$1health" >/dev/null || return 0
    sleep 1
  done
  return 1
}

no_trouble_in() {
  ! grep -aE 'task_wdt|Guru Meditation|assert failed|abort\(\)|DAMAGED' "$1" && (($(grep -ac 'Thimble .*, storyteller' "$1") == 1))
}

# Of the runs with a model in the partition, which no PSRAM has part in.
figures_of_emulated() {
  local target dialogue
  tests/firmware/esp32_figures.py --head
  for target in "${idf_emulated[@]}"; do
    dialogue=$idf_work/$target-good.dialogue
    [[ -f $dialogue ]] || { echo "SKIPPED: $target was not emulated" && continue; }
    tests/firmware/esp32_figures.py "$target" "$(idf_build_folder firmware/storyteller "$target" emulated)" "$dialogue" ||
      return 1
  done
}
