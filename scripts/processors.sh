# shellcheck shell=bash
# Sourced by test.sh: the group `processors`. What processors other than this machine's choose at the start, and that they
# compute the same, by qemu-user.

readonly processors_work=build/processors

processor_packages() { echo libgtest-dev googletest clang g++-aarch64-linux-gnu qemu-user; }

group_processors() {
  local group_failed=0
  mkdir -p "$processors_work/images"
  if [[ $(uname -m) == x86_64 ]]; then
    build_release thimble
    check 'x86-64: older processors' tests/processors/x86_64_test.sh build/release/thimble
  fi
  build_release hash_probe
  check 'models' processor_models
  check 'AArch64: g++ builds' build_for_aarch64 gcc aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ \
    kernel_tests image_hashes kernels_here
  check 'AArch64: clang builds' build_for_aarch64 clang clang clang++ kernel_tests kernels_here
  ((group_failed == 0)) || return 1
  local compiler
  for compiler in gcc clang; do
    check "AArch64, $compiler: without dot products" aarch64_chooses "$compiler" cortex-a53 neon
    check "AArch64, $compiler: with dot products" aarch64_chooses "$compiler" neoverse-n1 neon_dot
    check "AArch64, $compiler: every set against the oracle" aarch64 neoverse-n1 \
      "$processors_work/$compiler/kernel_tests" --gtest_brief=1
    check "AArch64, $compiler: no division, no estimate, nothing fused" aarch64_gate "$compiler" check_arithmetic.sh
    check "AArch64, $compiler: sets of kernels" aarch64_gate "$compiler" check_isolation.sh
  done
  check 'AArch64: the hashes of every other, without dot products' aarch64_hashes cortex-a53
  check 'AArch64: the hashes of every other, with dot products' aarch64_hashes neoverse-n1
  return "$group_failed"
}

# Fixtures alone: an emulated processor takes its time.
processor_models() {
  rm -f "$processors_work"/images/*
  build/release/hash_probe --expect tests/golden/hashes.txt --images "$processors_work/images" &&
    find "$processors_work/images" -name '*.thm' ! -name 'fixture*' -delete
}

# build_for_aarch64 FOLDER C_COMPILER C++_COMPILER TARGET...
build_for_aarch64() {
  local folder=$processors_work/$1 c=$2 cxx=$3
  shift 3
  cmake -S . -B "$folder" -G 'Unix Makefiles' -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
    -DCMAKE_C_COMPILER="$c" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_C_COMPILER_TARGET=aarch64-linux-gnu \
    -DCMAKE_CXX_COMPILER_TARGET=aarch64-linux-gnu -DCMAKE_BUILD_TYPE=Release -DTHIMBLE_BUILD_CLI=OFF \
    -DTHIMBLE_QUICK_TESTS_ONLY=ON -DTHIMBLE_GOOGLETEST=/usr/src/googletest/googletest "$(werror "$cxx")" >/dev/null &&
    cmake --build "$folder" -j "$JOBS" --target "$@"
}

# aarch64 PROCESSOR PROGRAM ARGUMENT...: on one core. Between a store and a load that C++ orders, QEMU on x86-64 emits
# nothing that keeps them so (seen in 7.2: sleeping workers that nobody woke), which threads on one core cannot see.
aarch64() {
  local processor=$1
  shift
  taskset -c "$(first_core)" timeout 600 qemu-aarch64 -L /usr/aarch64-linux-gnu -cpu "$processor" "$@"
}

first_core() { taskset -cp $$ | sed 's/.*: *//; s/[-,].*//'; }

# aarch64_chooses FOLDER PROCESSOR SET
aarch64_chooses() {
  local chosen
  chosen=$(aarch64 "$2" "$processors_work/$1/kernels_here") && echo "$2: $chosen" && [[ $chosen == "$3" ]]
}

aarch64_hashes() { aarch64 "$1" "$processors_work/gcc/image_hashes" "$processors_work/images" tests/golden/hashes.txt; }

# aarch64_gate FOLDER GATE
aarch64_gate() {
  THIMBLE_TOOL_PREFIX=aarch64-linux-gnu- "tests/gates/$2" "$processors_work/$1/src/kernels/libthimble_kernels.a"
}
