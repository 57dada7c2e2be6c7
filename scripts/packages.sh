# shellcheck shell=bash
# Sourced by run.sh and test.sh: finds out which Debian packages are missing, and installs them.
# assume_yes=1 (--yes) installs through sudo without asking.

assume_yes=${assume_yes:-0}

# have_package NAME: what the package would bring is there, wherever it came from (a cmake from elsewhere will do).
have_package() {
  case $1 in
    g++) command -v c++ || command -v g++ || command -v clang++ ;;
    binutils) command -v ld && command -v nm && command -v objdump ;;
    dpkg-dev) command -v dpkg-shlibdeps ;;
    libcli11-dev) have_header CLI/CLI.hpp ;;
    libeigen3-dev) have_header eigen3/Eigen/Core ;;
    libedit-dev) have_header histedit.h ;;
    libwebsockets-dev) have_header libwebsockets.h ;;
    libjsmn-dev) have_header jsmn.h ;;
    libqrencode-dev) have_header qrencode.h ;;
    nlohmann-json3-dev) have_header nlohmann/json.hpp ;;
    libgtest-dev) have_header gtest/gtest.h ;;
    librapidcheck-dev) have_header rapidcheck.h ;;
    libclang-*) clang_has_fuzzer ;;
    llvm-22) command -v llvm-mc-22 ;;
    binutils-xtensa-lx106) command -v xtensa-lx106-elf-ld ;;
    googletest) test -d /usr/src/googletest ;;
    g++-aarch64-linux-gnu) command -v aarch64-linux-gnu-g++ ;;
    qemu-user) command -v qemu-aarch64 && command -v qemu-x86_64 ;;
    gcc-riscv64-unknown-elf) command -v riscv64-unknown-elf-g++ ;;
    gcc-arm-none-eabi) command -v arm-none-eabi-g++ ;;
    picolibc-*) test -d "/usr/lib/picolibc/${1#picolibc-}/include" ;;
    libstdc++-arm-none-eabi-dev) test -d /usr/include/newlib/c++/12.2.1 ;;
    qemu-system-misc) command -v qemu-system-riscv32 && command -v qemu-system-xtensa ;;
    python3-venv) python3 -c 'import ensurepip, venv' ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

have_header() {
  printf '#if !__has_include(<%s>)\n#error missing\n#endif\n' "$1" | c++ -E -x c++ -
}

# libFuzzer and the sanitizers come in a package of their own; only linking tells whether it is there.
clang_has_fuzzer() {
  local source='extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }'
  printf '%s\n' "$source" | clang++ -fsanitize=fuzzer,address -x c++ - -o /dev/null
}

# The package with clang's sanitizer runtimes carries clang's version in its name, and moved once.
clang_runtime_package() {
  local version package
  version=$(clang -dumpversion 2>/dev/null | cut -d. -f1) || version=
  if [[ -z $version ]]; then
    version=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p')
  fi
  package=libclang-common-$version-dev
  distribution_has "$package" && ! distribution_has "libclang-rt-$version-dev" || package=libclang-rt-$version-dev
  echo "$package"
}

have_package_lists() { compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; }

# Whether the distribution offers a package. Without apt nobody can tell: then no.
distribution_has() { apt-cache show --no-all-versions "$1" >/dev/null 2>&1; }

# missing_packages NAME...: those that are not there, one per line.
missing_packages() {
  local name
  for name; do have_package "$name" || echo "$name"; done
}

# may_be_root LINE...: root may; others must have sudo and agree to the lines shown (--yes agrees to all).
may_be_root() {
  [[ $(id -u) != 0 ]] || return 0
  command -v sudo >/dev/null || return 1
  printf 'Missing packages; this would install them:\n' >&2
  printf '    sudo %s\n' "$@" >&2
  [[ $assume_yes != 1 ]] || return 0
  [[ -t 0 ]] || return 1
  local answer
  read -r -p 'Run it? [y/N] ' answer
  [[ $answer == [yY]* ]]
}

# as_root LINE: what may_be_root has allowed; the output goes to build/logs/packages.log.
as_root() {
  local sudo=sudo
  [[ $(id -u) != 0 ]] || sudo=
  mkdir -p build/logs
  echo "$1" >>build/logs/packages.log
  # shellcheck disable=SC2086 # a line of words, as shown to the user
  $sudo $1 >>build/logs/packages.log 2>&1
}

# Packages are found by name only once the lists are there; minimal images come without.
ensure_package_lists() {
  command -v apt-get >/dev/null || return 0
  have_package_lists || ! may_be_root 'apt-get update' || as_root 'apt-get update' || return 0
}

# install_packages NAME...: installs them, or names them and fails.
install_packages() {
  (($# > 0)) || return 0
  local install="env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $*"
  if command -v apt-get >/dev/null && may_be_root 'apt-get update' "$install"; then
    echo "installing $* ..." >&2
    as_root 'apt-get update' || true  # one broken foreign repository need not concern us: the install tells
    if as_root "$install"; then return 0; fi
    tail -n 5 build/logs/packages.log >&2
  fi
  echo "Missing packages, by their names in Debian: $*" >&2
  echo "Install them, then run this again:  apt-get install --no-install-recommends $*" >&2
  return 1
}
