# shellcheck shell=bash
# Sourced by test.sh: the group `emulators`. Every image runs models that the host ran too, and must say the same.

readonly emulator_images=(rv32imc rv32imac rv32imafc xtensa cortex-m33)
readonly emulator_work=build/emulators

emulator_packages() {
  echo libcli11-dev nlohmann-json3-dev libeigen3-dev libjsmn-dev clang-22 llvm-22 binutils-xtensa-lx106 \
    gcc-riscv64-unknown-elf \
    picolibc-riscv64-unknown-elf libstdc++-arm-none-eabi-dev qemu-system-misc gcc-arm-none-eabi \
    picolibc-arm-none-eabi qemu-system-arm
}

group_emulators() {
  local group_failed=0 image model
  build_release
  rm -rf "$emulator_work"
  mkdir -p "$emulator_work"
  check 'models' make_emulator_models
  ((group_failed == 0)) || return 1
  for image in "${emulator_images[@]}"; do
    check "$image builds" build_image "$image"
    check "$image: symbols of the core" image_symbols "$image"
    check "$image: the core in 64 KiB" tests/emu/core_size.sh "build/$image/firmware/emu/thimble_emu.map" 65536
    check "$image: kernels against the oracle" image_kernels "$image"
    check "$image: an exception ends the image" image_exception "$image"
    check "$image: the contract of ports/port.h" tests/firmware/port_contract_test.sh "$emulator_work/port" \
      tests/emu/run_image.sh "$image" "build/$image/thimble_emu_port"
    for model in "$emulator_work"/*.thm; do
      check "$image: $(basename "$model"): ids, text and hash" same_as_host "$image" "$model" greedy
      check "$image: $(basename "$model"): sampled" same_as_host "$image" "$model" sampled
      check "$image: $(basename "$model"): self-test" self_tests "$image" "$model"
    done
    check "$image: damage, want of memory and a failing reader end in a Status" image_faults "$image"
    check "$image: a model at an address" model_at_address "$image"
    check "$image: a story from a program that holds its model" tests/firmware/story_test.sh build/release/thimble \
      Lily 7 tests/emu/run_image.sh "$image" "build/$image/thimble_story"
    check "$image: half of the weights in fast memory" resident_weights "$image"
    check "$image: an answer of the service" service_answers "$image"
  done
  for image in rv32imc xtensa; do
    check "$image, streaming: builds" build_streaming_image "$image"
    check "$image, streaming: Tiny-LLM in q8, context 1024, in 400 kB" streams "$image" tiny-llm q8 400000 376000 \
      -c 1024 -b 1
    check "$image, streaming: Tiny-LLM in f32, context 1024, in 940 kB" streams "$image" tiny-llm f32 940000 903000 \
      -c 1024 -b 1
    check "$image, streaming: stories15M in q4, context 96 in int4, in 300 kB" streams "$image" stories15M q4 300000 \
      275000 -c 96 -b 1 --kv i4
    check "$image, streaming: stories15M in q4, context 256, batches of 8, in 1.2 MB" streams "$image" stories15M q4 \
      1200000 1172000 -c 256 -b 8
  done
  check 'an integer model without a call of the soft-float library' no_soft_float rv32imc
  check 'figures against bench/emu-baseline' tests/emu/check_baseline.sh bench/emu-baseline "$emulator_work"
  return "$group_failed"
}

# Fixtures and the model that ships always; the shared models where they are.
make_emulator_models() {
  local type shared=${THIMBLE_SHARED:-../shared}/models
  build/release/make_fixture --llama2c "$emulator_work/fixture.bin" "$emulator_work/fixture.tokenizer"
  for type in f32 f16 q8 q4; do
    convert_for_emulators fixture "$type" "$emulator_work/fixture.bin" "$emulator_work/fixture.tokenizer"
  done
  cp models/story.thm "$emulator_work/story.thm"
  printf 'Once upon a time' >"$emulator_work/prompt.txt"
  if [[ ! -d $shared ]]; then
    echo 'no shared models: fixtures and the model that ships only'
    return
  fi
  for type in f32 q8; do
    convert_for_emulators stories260K "$type" "$shared/stories260K/stories260K.bin" "$shared/stories260K/tok512.bin"
  done
  for type in q8 q4; do
    convert_for_emulators babyllama105 "$type" "$shared/babyllama105/babyllama105.bin" \
      "$shared/babyllama105/tok105.bin"
  done
}

# convert_for_emulators NAME TYPE CHECKPOINT TOKENIZER
convert_for_emulators() {
  build/release/thimble convert "$3" "$emulator_work/$1-$2.thm" --tokenizer "$4" --type "$2" >/dev/null 2>&1
}

build_image() {
  configure "$1" -DTHIMBLE_WERROR=ON >/dev/null && build "$1"
}

# The gate that the host's core passes, by the cross compiler's tools; its run-time library is allowed besides.
image_symbols() {
  local prefix libraries
  case $1 in
    rv32*) prefix=riscv64-unknown-elf- ;;
    xtensa) prefix=xtensa-lx106-elf- ;;
    cortex-m33) prefix=arm-none-eabi- ;;
  esac
  # Not the same sources once more, with the word guard: the host's gate holds those.
  mapfile -t libraries < <(find "build/$1/src" -name 'libthimble_*.a' ! -name libthimble_guarded.a | sort)
  ((${#libraries[@]} >= 6))
  THIMBLE_TOOL_PREFIX=$prefix THIMBLE_LD_FLAGS=$(image_linker_flags "$1") \
    THIMBLE_MORE_SYMBOLS=tests/gates/allowed_runtime_symbols.txt tests/gates/check_symbols.sh "${libraries[@]}"
}

image_linker_flags() { [[ $1 != rv32* ]] || echo '-m elf32lriscv'; }

image_kernels() { tests/emu/run_image.sh "$1" "build/$1/thimble_emu_kernels"; }

image_exception() {
  local code=0
  tests/emu/run_image.sh "$1" "build/$1/thimble_emu_kernels" trap || code=$?
  [[ $code == 3 ]]
}

# Runs an image of a preset: image OUTPUT PRESET ARGUMENT...
image() {
  local output=$1 preset=$2
  shift 2
  tests/emu/run_image.sh "$preset" "build/$preset/thimble_emu" "$@" >"$output"
}

# same_as_host PRESET MODEL greedy|sampled: without the word guard, which that image does without.
same_as_host() {
  local out=$emulator_work/$1 flags=(-n 24 --ids --hash -f "$emulator_work/prompt.txt")
  case $3 in
    greedy) flags+=(--temp 0 --ignore-eos) ;;
    sampled) flags+=(--temp 0.9 --top-k 0 --top-p 0.95 --min-p 0.02 -s 1234) ;;
  esac
  build/release/thimble run "$2" "${flags[@]}" --any-word -q >"$out.host_text" 2>"$out.host"
  image "$out.image" "$1" "$2" "${flags[@]}" || { cat "$out.image" && return 1; }
  grep '^ids: ' "$out.image" >"$out.said" && grep '^logits hash: ' "$out.image" >>"$out.said"
  diff <(grep -E '^(ids|logits hash): ' "$out.host") "$out.said" &&
    diff <(sed -z 's/\\/\\\\/g; s/\n/\\n/g' "$out.host_text") <(sed -n 's/^text: //p' "$out.image" | tr -d '\n') &&
    tail -n 1 "$out.said"
}

# The hashes that the conversion on the host wrote into the file, with both types of kv cache.
self_tests() {
  local kv
  for kv in f32 i8; do
    image "$emulator_work/$1.image" "$1" "$2" --selftest --kv "$kv" -n 0 &&
      grep '^selftest passed [0-9a-f]\{16\}$' "$emulator_work/$1.image" || return 1
  done
}

# refused_by_image PRESET STATUS ARGUMENT...: exit code 1 and that Status; an exception would be 3, a hang 124.
refused_by_image() {
  local preset=$1 status=$2 out=$emulator_work/$1.image code=0
  shift 2
  image "$out" "$preset" "$@" || code=$?
  tail -n 1 "$out"
  [[ $code == 1 ]] && tail -n 1 "$out" | grep -q "^error: $status"
}

image_faults() {
  local good=$emulator_work/fixture-q8.thm bad=$emulator_work/$1.bad size
  size=$(stat -c %s "$good")
  cp "$good" "$bad"
  printf '\377\377\377\377' | dd of="$bad" bs=1 seek=$((size - 100)) conv=notrunc status=none
  refused_by_image "$1" 'corrupt' "$bad" || return 1
  head -c $((size - 1)) "$good" >"$bad"
  refused_by_image "$1" 'truncated' "$bad" || return 1
  head -c 100 /dev/zero >"$bad"
  refused_by_image "$1" 'bad magic\|not a\|truncated' "$bad" || return 1
  refused_by_image "$1" 'out of memory: .*found [0-9]*, expected [0-9]*' "$good" --ram 2000 || return 1
  truncate -s 200M "$bad"
  refused_by_image "$1" 'out of memory: model file' "$bad" || return 1
  rm "$bad"
  refused_by_image "$1" 'read failed: model file' "$bad" || return 1
  refused_by_image "$1" "read failed: model file: found $((size / 2))" "$good" \
    --fail-read-after $((size / 2)) || return 1
  refused_by_image "$1" 'context full' "$good" -f "$emulator_work/prompt.txt" -c 3 || return 1
}

# In place, as a chip maps its flash.
model_at_address() {
  local model=$emulator_work/fixture-q8.thm address out=$emulator_work/$1
  case $1 in
    rv32*) address=0x84000000 ;;
    xtensa) address=0x04000000 ;;
    cortex-m33) address=0x80800000 ;;
  esac
  image "$out.file" "$1" "$model" --hash
  THIMBLE_EMU_OPTIONS="-device loader,file=$model,addr=$address,force-raw=on" \
    image "$out.image" "$1" --at $address --bytes "$(stat -c %s "$model")" --hash --ram 1000000
  grep '^logits hash: [0-9a-f]\{16\}$' "$out.image" && diff <(grep '^logits' "$out.file") <(grep '^logits' "$out.image")
}

resident_weights() {
  local model=$emulator_work/fixture-q8.thm out=$emulator_work/$1 buffers all
  image "$out.file" "$1" "$model" --hash
  buffers=$(sed -n 's/^ram plan-total //p' "$out.file")
  all=$(build/release/thimble inspect "$model" | sed -n 's/^parameters .* in \([0-9]*\) tensors.*/\1/p')
  image "$out.image" "$1" "$model" --hash --resident --ram $((buffers + $(stat -c %s "$model") / 4))
  awk -v all="$all" '/^ram resident-weights/ { found = $3 > 0 && $3 < all } END { exit !found }' "$out.image" &&
    diff <(grep '^logits' "$out.file") <(grep '^logits' "$out.image") && grep '^ram resident' "$out.image"
}

# A folder of its own: streaming is code that the images above do without.
build_streaming_image() {
  cmake --preset "$1" -B "build/$1-streaming" -DTHIMBLE_WERROR=ON -DTHIMBLE_STREAMING=ON \
    -DTHIMBLE_KV_INT4=ON >/dev/null &&
    build "$1-streaming" thimble_emu
}

# streams PRESET SHAPE TYPE MOST RAM FLAG...: the hash of the host, which has the model in memory, in MOST bytes of memory
# with everything, of which the engine has RAM.
streams() {
  local preset=$1 model=$emulator_work/streamed/$2-$3.thm most=$4 ram=$5 out=$emulator_work/$1.streamed
  local flags=(-n 2 --temp 0 --ignore-eos --hash -f "$emulator_work/prompt.txt")
  mkdir -p "${model%/*}"
  [[ -f $model ]] || build/release/thimble synth --like "$2" --type "$3" "$model" -q || return 1
  shift 5
  build/release/thimble run "$model" "${@/#--kv/--kv-type}" "${flags[@]}" -q 2>"$out.host" >/dev/null
  THIMBLE_EMU_SECONDS=600 tests/emu/run_image.sh "$preset" "build/$preset-streaming/thimble_emu" "$model" --stream \
    --ram "$ram" "$@" "${flags[@]}" >"$out.image" || { cat "$out.image" && return 1; }
  diff <(grep '^logits hash: ' "$out.host") <(grep '^logits hash: ' "$out.image") && grep '^streamed' "$out.image" &&
    awk -v most="$most" '/^ram (tables|static|stack|plan-total)/ { sum += $3 }
      END { print "memory " sum; exit sum > most }' "$out.image"
}

# Its JSON holds the story that the host tells.
service_answers() {
  local out=$emulator_work/$1
  tests/emu/run_image.sh "$1" "build/$1/thimble_emu_service" Lily 7 >"$out.answer" || { cat "$out.answer" && return 1; }
  grep 'ram service-memory' "$out.answer"
  build/release/thimble run models/story.thm -p Lily -s 7 -q |
    sed -z 's/\\/\\\\/g; s/"/\\"/g; s/\n/\\n/g' >"$out.host_text"
  diff "$out.host_text" <(sed -n 's/.*"text":"\(.*\)","logprobs.*/\1/p' "$out.answer" | tr -d '\n')
}

# Counted by an image whose soft-float functions are wrapped. A float model must show that the count works.
no_soft_float() {
  local out=$emulator_work/soft_float model
  for model in "$emulator_work"/*-q[48].thm; do
    tests/emu/run_image.sh "$1" "build/$1/thimble_emu_soft_float" "$model" --temp 0.9 -n 8 --count >"$out" || return 1
    grep '^soft-float token calls 0$' "$out" || { grep soft-float "$out"; return 1; }
  done
  tests/emu/run_image.sh "$1" "build/$1/thimble_emu_soft_float" "$emulator_work/fixture-f32.thm" -n 8 --count >"$out"
  grep '^soft-float token calls [1-9][0-9]*$' "$out"
}
