# shellcheck shell=bash
# Sourced by test.sh: the group `idf`. Where ESP-IDF is at hand, every app is built for every target; where Espressif's
# QEMU is, too, the storyteller boots in it and talks as the desktop's does.

readonly idf_targets=(esp32s3 esp32 esp32c3 esp32c6 esp32p4)
readonly idf_emulated=(esp32s3 esp32 esp32c3)
readonly idf_work=build/idf

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
      check "$(basename "$app") for $target: builds, without a warning of ours" build_idf_app "$app" "$target"
    done
  done
  for target in "${idf_emulated[@]}"; do emulate_storyteller "$target"; done
  check 'flash, memory and stack, by the linker and the emulated runs' figures_of_emulated
  return "$group_failed"
}

# idf_build_folder APP TARGET [emulated]
idf_build_folder() { echo "$PWD/$idf_work/$(basename "$1")-$2${3:+-$3}"; }

# build_idf_app APP TARGET [emulated]: a folder of its own, so that neither the sources nor another build see its
# settings.
build_idf_app() {
  local folder log defaults=$PWD/$1/sdkconfig.defaults
  folder=$(idf_build_folder "$@")
  log=$folder.log
  [[ ${3:-} != emulated ]] || defaults+=";$PWD/tests/firmware/emulated.sdkconfig"
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
