# shellcheck shell=bash
# Sourced by test.sh: the groups of tests. Each is a function group_NAME that ends with a failure status when something
# failed, and says with `count` how much passed, failed and was skipped. Its output is its log.

# Order of a full run: what fails soonest and is read first comes first.
readonly all_groups=(unit gates documents parity server web train asan tsan compilers processors emulators idf fuzz consumer package arduino)

describe_group() {
  case $1 in
    quick) echo 'tests that need nothing but a C++ compiler and CMake' ;;
    unit) echo 'every test, in the release build' ;;
    gates) echo 'symbols, arithmetic, layers, headers, format of the sources' ;;
    documents) echo 'what the documents print, the manual page and the completions, against the program' ;;
    parity) echo 'ids and logits against sentencepiece, tokenizers, transformers and llama.cpp, from PyPI' ;;
    server) echo 'thimble serve: clients that people use, many at once, and hostile ones' ;;
    web) echo 'the page of thimble serve in a browser: stories, settings, history, every eye and hand' ;;
    train) echo 'the story generator and the training, as far as they need nothing but Python' ;;
    asan) echo 'every test under AddressSanitizer and UndefinedBehaviorSanitizer' ;;
    tsan) echo 'the tests with threads under ThreadSanitizer' ;;
    compilers) echo 'the same hashes from gcc and clang, every optimisation level, both kernel sets' ;;
    processors) echo 'what other processors choose and compute, under QEMU: older x86-64, AArch64' ;;
    emulators) echo 'images for RISC-V, Xtensa and Cortex-M under QEMU: the same ids and hashes as the host' ;;
    idf) echo 'firmware by ESP-IDF for every chip, and in Espressif'\''s QEMU, where they are installed' ;;
    fuzz) echo 'every parser against libFuzzer' ;;
    consumer) echo 'the installed library, and the source folder, in other projects' ;;
    package) echo 'the Debian package' ;;
    arduino) echo 'the library for Arduino and PlatformIO, on a board of fakes' ;;
    *) return 1 ;;
  esac
}

# One per line.
packages_of_group() {
  local -a packages=(g++ cmake make) program=(libcli11-dev nlohmann-json3-dev libeigen3-dev)
  local -a server=(libwebsockets-dev libjsmn-dev libqrencode-dev)
  case $1 in
    unit) packages+=(libgtest-dev librapidcheck-dev "${program[@]}" libedit-dev "${server[@]}") ;;
    asan) packages+=(libgtest-dev librapidcheck-dev nlohmann-json3-dev libjsmn-dev clang "$(clang_runtime_package)") ;;
    tsan) packages+=(libgtest-dev librapidcheck-dev nlohmann-json3-dev python3 "${server[@]}") ;;
    gates) packages+=(binutils libjsmn-dev libeigen3-dev) ;;
    documents) packages+=("${program[@]}" libedit-dev python3 mandoc "${server[@]}") ;;
    server) packages+=("${program[@]}" libedit-dev curl python3 python3-venv "${server[@]}") ;;
    parity) packages+=("${program[@]}" libedit-dev python3 python3-venv "${server[@]}") ;;
    web) packages+=("${program[@]}" libgtest-dev python3 python3-venv chromium "${server[@]}") ;;
    train) packages=(python3) ;;
    compilers) packages+=(clang) ;;
    processors) read -r -a packages <<<"${packages[*]} ${program[*]} $(processor_packages)" ;;
    emulators) read -r -a packages <<<"${packages[*]} $(emulator_packages)" ;;
    idf) packages+=("${program[@]}" libedit-dev python3) ;;
    fuzz) packages+=(nlohmann-json3-dev libjsmn-dev clang "$(clang_runtime_package)") ;;
    consumer) packages+=("${program[@]}" pkg-config) ;;
    package) packages+=("${program[@]}" libedit-dev dpkg-dev file "${server[@]}") ;;
    arduino) packages+=("${program[@]}" libgtest-dev libjsmn-dev binutils python3) ;;
  esac
  printf '%s\n' "${packages[@]}"
}

# count passed|failed|skipped [NUMBER]: adds to the figures of the group.
count() { echo "$1 ${2:-1}" >>"$counts"; }

# check NAME COMMAND...: one test of a group that is not ctest's. Status 77 means skipped.
check() {
  local name=$1 status=0
  shift
  echo "--- $name"
  "$@" || status=$?
  case $status in
    0) count passed ;;
    77) count skipped && echo "SKIPPED: $name" ;;
    *) count failed && echo "FAILED: $name" && group_failed=1 ;;
  esac
}

# at_once COMMAND...: runs it beside at most JOBS - 1 others, and prints what it said when it has ended. `all_ended` waits
# for them all; a failure of one is in group_failed.
at_once() {
  (($(jobs -rp | wc -l) < JOBS)) || wait -n || group_failed=1
  (
    group_failed=0
    log=$(mktemp -p "$logs")
    "$@" >"$log" 2>&1 || group_failed=1
    cat "$log" && rm "$log"
    exit "$group_failed"
  ) &
}

all_ended() {
  while [[ -n $(jobs -p) ]]; do wait -n || group_failed=1; done
}

# run_ctest PRESET [ARGUMENTS...]: runs the tests of a preset and counts them.
run_ctest() {
  local report=$PWD/build/$1/ctest.xml status=0
  rm -f "$report"
  ctest --preset "$@" -j "$JOBS" --output-junit "$report" || status=$?
  count_ctest "$report"
  return "$status"
}

# count_ctest REPORT: adds what a report of ctest says.
count_ctest() {
  # The attributes of <testsuite> stand one to a line; a skipped test counts in "tests" as well.
  awk '
    match($0, /(tests|failures|skipped)="[0-9]+"/) && !/<testcase/ {
      split(substr($0, RSTART, RLENGTH), pair, "\"")
      n[pair[1]] = pair[2]
    }
    /<testcase/ { exit }
    END {
      print "passed", n["tests="] - n["failures="] - n["skipped="]
      print "failed", n["failures="] + 0
      print "skipped", n["skipped="] + 0
    }' "$1" >>"$counts"
}

# A compiler whose warnings we know keeps the sources free of them; another one's new warnings must not fail a user.
werror() {
  case $("$1" -dumpversion) in
    12 | 12.* | 14.0*) echo -DTHIMBLE_WERROR=ON ;;
    *) echo -DTHIMBLE_WERROR=OFF ;;
  esac
}

group_quick() {
  configure quick
  build quick
  run_ctest quick
}

group_unit() {
  configure release -DTHIMBLE_QUICK_TESTS_ONLY=OFF -DTHIMBLE_BUILD_BENCH=ON  # which must build, though nothing runs it
  build release
  run_ctest release
}

# build_release [TARGET...]: the release build as it stands, with all its tests or without; made when there is none.
# shellcheck disable=SC2120 # web.sh names targets
build_release() {
  [[ -f build/release/Makefile ]] || configure release -DTHIMBLE_QUICK_TESTS_ONLY=ON
  build release "$@"
}

# Readers sit at terminals, so commands run on one; some containers lend none. mandoc reads the manual page more strictly
# than man does.
group_documents() {
  local group_failed=0
  build_release
  check 'manual page and completions' tests/documents/check_reference.sh build/release/thimble
  if python3 -c 'import pty; pty.openpty()'; then
    check 'the check of the documents can refuse' python3 tests/documents/self_test.py
    check 'commands and their output' check_documents
    check 'what run.sh shows' tests/documents/check_run_script.sh .
  else
    echo 'SKIPPED: commands and their output: this system lends no terminal'
    count skipped 3
  fi
  return "$group_failed"
}

check_documents() {
  local said status=0
  said=$(python3 tests/documents/check.py) || status=$?
  echo "$said"
  count skipped "$(grep -c '^SKIPPED' <<<"$said")"
  return "$status"
}

# Each program starts a server of its own on a free port, and bounds its time.
group_server() {
  local group_failed=0 python=build/server/venv/bin/python name
  build_release
  mkdir -p build/server
  check 'hostile clients' python3 tests/server/hostile.py build/release/thimble
  check '64 clients at once' python3 tests/server/load.py build/release/thimble
  check 'examples with curl' python3 tests/server/examples.py build/release/thimble README.md docs/API.md
  make_client_venv
  for name in openai litellm llm; do
    check "the client $name" "$(client_python)" tests/server/clients.py build/release/thimble "$name"
  done
  return "$group_failed"
}

# The clients come from PyPI; without it they are skipped by name.
make_client_venv() {
  local venv=build/server/venv
  [[ -x $venv/bin/python ]] || python3 -m venv "$venv" || return 0
  "$venv/bin/python" -c 'import openai, litellm, llm, websockets' 2>/dev/null ||
    timeout 300 "$venv/bin/pip" install --quiet --disable-pip-version-check openai litellm llm websockets || true
}

client_python() { if [[ -x build/server/venv/bin/python ]]; then echo build/server/venv/bin/python; else echo python3; fi; }

# What needs PyTorch is skipped where it is not installed; train/README.md says how to install it.
group_train() {
  local group_failed=0 file
  for file in train/tests/test_*.py; do
    # Discovered, not named: so a file that skips itself is skipped, where a package of its is missing.
    at_once run_unittest python3 -m unittest discover --top-level-directory . --start-directory train/tests \
      --pattern "${file##*/}"
  done
  all_ended
  return "$group_failed"
}

# run_unittest COMMAND...: runs Python's unittest and counts what it says.
run_unittest() {
  local said ran skipped failed status=0
  said=$("$@" 2>&1) || status=$?
  echo "$said"
  ran=$(sed -n 's/^Ran \([0-9]*\) tests\{0,1\} in.*/\1/p' <<<"$said")
  skipped=$(sed -n 's/^\(OK\|FAILED\).*skipped=\([0-9]*\).*/\2/p' <<<"$said")
  # A test that fails in several of its cases is named with each.
  failed=$(sed -n 's/^\(FAIL\|ERROR\): [^ ]* (\([^)]*\)).*/\2/p' <<<"$said" | sort -u | wc -l)
  count skipped "${skipped:-0}"
  count failed "$failed"
  count passed $((${ran:-0} - ${skipped:-0} - failed))
  return "$status"
}

group_asan() {
  configure asan "$(werror clang++)"
  build asan
  # What a type costs in quality takes long, and is no matter of addresses.
  UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=$(leak_option) run_ctest asan --exclude-regex LosesLittle
}

# Looking for leaks needs ptrace, which some containers forbid; the program dies then without having found any.
leak_option() {
  local probe=build/logs/leak_probe
  echo 'int main() {}' | c++ -fsanitize=address -x c++ - -o "$probe"
  if "$probe" >&2; then echo detect_leaks=1; else echo detect_leaks=0; fi
}

group_tsan() {
  local probe=build/logs/tsan_probe
  echo 'int main() {}' | c++ -fsanitize=thread -x c++ - -o "$probe"
  if ! "$probe"; then
    echo 'SKIPPED: ThreadSanitizer cannot run on this kernel'
    count skipped
    return
  fi
  configure tsan
  build tsan unit_tests esp_idf_tests_esp32s3 esp_idf_tests_esp32c3 serve_model  # what has tests with threads
  run_ctest tsan
}

# One small program finds the hashes of everything that must have the same bits; every build must find the same ones. The
# first one makes the models for all others.
group_compilers() {
  local compiler level name group_failed=0
  rm -rf build/compilers/images
  mkdir -p build/compilers/images
  compare_hashes g++ -O2 g++-O2 generic
  for compiler in g++ clang++; do
    # Haswell has fused multiply-add, which the compiler must not use.
    for level in -O0 -O2 -O1 -O3 '-O3 -march=haswell' '-O3 -march=native'; do
      name=$compiler${level// /}
      [[ $name != g++-O2 ]] || continue
      if ! echo 'int main() {}' | $compiler ${level#* } -x c++ - -fsyntax-only; then
        echo "SKIPPED: $name: this compiler does not know the option"
        count skipped
        continue
      fi
      if [[ $level == *haswell* ]] && ! grep -qsw fma /proc/cpuinfo; then
        echo "SKIPPED: $name: this processor cannot run it"
        count skipped
        continue
      fi
      at_once compare_hashes "$compiler" "$level" "$name" generic
    done
    at_once compare_hashes "$compiler" -O2 "$compiler-reference-kernels" ref
  done
  all_ended
  return "$group_failed"
}

# compare_hashes COMPILER LEVEL NAME KERNELS: builds a probe, and compares its hashes with the ones that are pinned.
# g++ and clang++ at -O2 convert the models themselves, the first one for all others: these compile the core alone.
compare_hashes() {
  local folder=build/compilers/$3 images=build/compilers/images expected=tests/golden/hashes.txt
  case $3 in
    g++-O2 | clang++-O2)
      check "$3 builds" build_probe "$@" hash_probe
      local keep=()
      [[ $3 != g++-O2 ]] || keep=(--images "$images")
      check "$3 has the hashes of every other" "$folder/hash_probe" --expect "$expected" "${keep[@]}"
      ;;
    *)
      check "$3 builds" build_probe "$@" image_hashes
      check "$3 has the hashes of every other" "$folder/image_hashes" "$images" "$expected"
      ;;
  esac
}

# build_probe COMPILER LEVEL NAME KERNELS PROGRAM
build_probe() {
  local compiler=$1 level=$2 folder=build/compilers/$3 kernels=$4 program=$5
  local c_compiler=gcc
  [[ $compiler == g++ ]] || c_compiler=clang
  cmake -S . -B "$folder" -G 'Unix Makefiles' -DCMAKE_C_COMPILER=$c_compiler -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="$level" -DCMAKE_CXX_FLAGS_RELEASE="$level" \
    -DTHIMBLE_KERNELS="$kernels" -DTHIMBLE_BUILD_CLI=OFF -DTHIMBLE_QUICK_TESTS_ONLY=ON "$(werror "$compiler")" >/dev/null &&
    cmake --build "$folder" -j "$JOBS" --target "$program"
}

# The same inputs every time: a fixed seed, a fixed number of runs, no corpus kept.
group_fuzz() {
  local target group_failed=0
  configure fuzz "$(werror clang++)"
  build fuzz fuzzers
  ASAN_OPTIONS=$(leak_option)
  export ASAN_OPTIONS
  for target in build/fuzz/fuzz/fuzz_*; do
    [[ -x $target ]] || continue
    at_once check "$target" "$target" -seed=1 -runs="${THIMBLE_FUZZ_RUNS:-20000}" \
      -artifact_prefix=build/fuzz/ -print_final_stats=1
  done
  all_ended
  return "$group_failed"
}

# The core by itself, without what a distribution's compiler adds on its own (Ubuntu: stack protector, _FORTIFY_SOURCE).
group_gates() {
  local group_failed=0 plain='-O2 -fno-stack-protector -U_FORTIFY_SOURCE'
  cmake -S . -B build/gates -G 'Unix Makefiles' -DCMAKE_BUILD_TYPE=Release -DTHIMBLE_BUILD_TOOLS=OFF \
    -DTHIMBLE_BUILD_CLI=OFF -DTHIMBLE_BUILD_TESTS=OFF -DTHIMBLE_INSTALL=OFF -DCMAKE_CXX_FLAGS_RELEASE="$plain"
  cmake --build build/gates -j "$JOBS"
  local libraries
  mapfile -t libraries < <(find build/gates/src -name 'libthimble_*.a' | sort)
  echo "libraries: ${libraries[*]}"
  ((${#libraries[@]} >= 6))
  check 'the gates can refuse' tests/gates/self_test.sh
  check 'symbols' tests/gates/check_symbols.sh "${libraries[@]}"
  check 'arithmetic' tests/gates/check_arithmetic.sh "${libraries[@]}"
  [[ $(uname -m) != x86_64 ]] || check 'sets of kernels' tests/gates/check_isolation.sh build/gates/src/kernels/libthimble_kernels.a
  check 'layers' tests/gates/check_layers.sh .
  check 'headers' tests/gates/check_headers.sh . build/gates/include
  check 'format of the sources' check_format
  return "$group_failed"
}

# Another version of clang-format would format otherwise.
check_format() {
  local version
  version=$(clang-format --version 2>/dev/null) || version=none
  if [[ $version != *' 14.'* ]]; then
    echo "clang-format 14 is what formats the sources; found: $version"
    return 77
  fi
  find include src ports tools apps firmware tests \( -name '*.h' -o -name '*.hpp' -o -name '*.cpp' -o -name '*.c' \) -print0 |
    xargs -0 clang-format --dry-run -Werror
}

# Other projects use the library: installed, and as a folder of theirs. One in C++, one in C alone, whose link would
# fail if the core wanted anything of the C++ runtime; both must tell the same text.
group_consumer() {
  local group_failed=0 prefix=$PWD/build/consumer/prefix name
  build_release
  rm -rf build/consumer
  cmake --install build/release --prefix "$prefix"
  build/release/make_fixture build/consumer/fixture.thm

  check 'find_package, C++' consume find_package "-DCMAKE_PREFIX_PATH=$prefix"
  check 'find_package, C alone' consume find_package_c "-DCMAKE_PREFIX_PATH=$prefix"
  check 'pkg-config, C++' consume_by_compiler pkg_config c++ -std=c++20 tests/consumer/consumer.cpp
  check 'pkg-config, C alone' consume_by_compiler pkg_config_c cc -std=c99 tests/consumer/consumer.c
  check 'add_subdirectory' consume add_subdirectory "-DTHIMBLE_SOURCE=$PWD"
  for name in find_package_c pkg_config pkg_config_c add_subdirectory; do
    check "$name tells the same text as find_package" cmp build/consumer/find_package.txt "build/consumer/$name.txt"
  done
  check 'the program, C++ and C tell one story from one seed' tell_one_story
  check 'samples of the documents compile' tests/consumer/check_samples.sh . "$prefix/include"
  return "$group_failed"
}

# What a model recommends is read in one way by all. (firmware/story tells its own in the group emulators.)
tell_one_story() {
  local model=models/story.thm prompt='A cat named Tom' seed=34 name
  { build/release/thimble run $model -p "$prompt" -s $seed -q && echo; } >build/consumer/program.story
  for name in find_package find_package_c; do
    "build/consumer/$name/consumer" $model "$prompt" $seed >"build/consumer/$name.story" &&
      cmp build/consumer/program.story "build/consumer/$name.story" || return 1
  done
}

# consume NAME OPTION: builds tests/consumer/NAME as a project of its own, warnings on, and runs it.
consume() {
  local name=$1 folder=build/consumer/$1
  cmake -S "tests/consumer/$name" -B "$folder" -G 'Unix Makefiles' -DCMAKE_BUILD_TYPE=Release "$2" >/dev/null &&
    cmake --build "$folder" -j "$JOBS" &&
    "$folder/consumer" build/consumer/fixture.thm >"$folder.txt" &&
    test -s "$folder.txt"
}

# consume_by_compiler NAME COMPILER ARGUMENT...: no build system, only what pkg-config says of the installed library.
consume_by_compiler() {
  local out=build/consumer/$1 flags
  shift
  flags=$(PKG_CONFIG_PATH=$(dirname build/consumer/prefix/*/pkgconfig/thimble.pc) pkg-config --cflags --libs thimble) &&
    read -r -a flags <<<"$flags" &&
    "$@" "${flags[@]}" -o "$out" &&
    "$out" build/consumer/fixture.thm >"$out.txt" &&
    test -s "$out.txt"
}

group_package() {
  local group_failed=0 folder=build/package
  build_release
  rm -rf "$folder"
  (cd build/release && cpack -B "../package")
  local package=("$folder"/thimble_*.deb)
  dpkg-deb --extract "${package[0]}" "$folder/root"
  dpkg-deb --info "${package[0]}" | tee "$folder/info"
  dpkg-deb --contents "${package[0]}" | tee "$folder/contents"

  check 'its name, version and dependencies' package_says '^ Package: thimble$' '^ Version: [0-9]' '^ Depends: .*libc6' \
    '^ Description: .'
  check 'its files' package_holds ./usr/bin/thimble ./usr/include/thimble/thimble.hpp ./usr/include/thimble/version.h \
    ./usr/share/doc/thimble/copyright thimbleConfig.cmake libthimble_engine.a ./usr/share/thimble/story.thm \
    thimble.pc ./usr/share/man/man1/thimble.1 ./usr/share/bash-completion/completions/thimble \
    ./usr/share/zsh/vendor-completions/_thimble ./usr/share/fish/vendor_completions.d/thimble.fish
  check 'its files belong to root and nothing is written by others' package_modes
  check 'its program and its model' "$folder/root/usr/bin/thimble" selftest "$folder/root/usr/share/thimble/story.thm"
  check 'without its tools cpack names them' package_refused
  return "$group_failed"
}

package_says() {
  local pattern
  for pattern; do grep -q "$pattern" build/package/info || return 1; done
}

package_holds() {
  local path
  for path; do grep -qF "$path" build/package/contents || return 1; done
}

# As on a machine without `file` and dpkg-dev: find_program() is shown no folder.
package_refused() {
  local said
  ! said=$(cd build/release && cpack -B ../package/refused -D CMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF \
    -D CMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF 2>&1) &&
    echo "$said" && tr -s ' \n' ' ' <<<"$said" | grep -q 'apt-get install file dpkg-dev'
}

package_modes() { awk '$2 != "root/root" || substr($1, 9, 1) == "w" { print; bad = 1 } END { exit bad }' build/package/contents; }
