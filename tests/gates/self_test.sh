#!/usr/bin/env bash
# A gate that cannot fail guards nothing: each one is given something bad and must refuse it, naming it.
# Usage: self_test.sh
set -euo pipefail
gates=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0

# refuses NAME WANTED-IN-THE-OUTPUT COMMAND...
refuses() {
  local name=$1 wanted=$2 output
  shift 2
  if output=$("$@" 2>&1); then
    echo "NOT REFUSED: $name"
    failed=1
  elif [[ $output != *"$wanted"* ]]; then
    printf 'refused, but without "%s": %s\n%s\n' "$wanted" "$name" "$output"
    failed=1
  else
    echo "refused as it should: $name"
  fi
}

# library CODE: libbad.a from a few lines of C++, built as the core is.
library() {
  rm -f libbad.a bad.o
  printf '%s\n' "$1" >bad.cpp
  c++ -std=c++20 -O2 -fno-exceptions -fno-rtti -fno-stack-protector -ffp-contract=off ${2:+"$2"} -c bad.cpp -o bad.o
  ar rcs libbad.a bad.o
}

# layer PATH INCLUDE: a tree with one file that holds one include.
layer() {
  rm -rf tree
  mkdir -p "tree/$(dirname "$1")"
  printf '#include %s\n' "$2" >"tree/$1"
}

test_symbols() {
  local check=$gates/check_symbols.sh
  library 'int* f() { return new int(1); }'
  refuses 'operator new' 'operator new' "$check" libbad.a
  library '#include <cstdio>
    void f(int i) { std::printf("%d", i); }'
  refuses 'printf' 'printf, wanted by' "$check" libbad.a
  refuses 'the object that wants it' 'bad.o' "$check" libbad.a
  library '#include <cmath>
    float f(float x) { return std::exp(x); }'
  refuses 'expf' 'expf' "$check" libbad.a
  library '#include <cstdlib>
    void f() { std::abort(); }'
  refuses 'abort' 'abort' "$check" libbad.a
  library 'int calls; int f() { return ++calls; }'
  refuses 'a changing global' 'calls' "$check" libbad.a
  library 'int g(); static const int at_start = g(); int f() { return at_start; } int g() { return f() + 1; }'
  refuses 'a constructor before main' '.init_array' "$check" libbad.a
  library '#include <cstring>
    void f(char* a, const char* b, unsigned long n) { std::memcpy(a, b, n); }'
  "$check" libbad.a >/dev/null
}

test_arithmetic() {
  local check=$gates/check_arithmetic.sh status=0
  library 'float f(float a, float b) { return a + b; }'
  "$check" libbad.a || status=$?
  [[ $status != 77 ]] || return 0
  ((status == 0))
  library 'float f(float a, float b) { return a / b; }'
  refuses 'a float division' div "$check" libbad.a
  library 'double f(double a, double b) { return a / b; }'
  refuses 'a double division' div "$check" libbad.a
  library 'float f(float a) { return __builtin_sqrtf(a); }' -fno-math-errno
  refuses 'a square root' sqrt "$check" libbad.a
  library 'float f(float a, float b, float c) { return __builtin_fmaf(a, b, c); }' \
    "$([[ $(uname -m) != x86_64 ]] || echo -mfma)"
  refuses 'a fused multiply-add' fm "$check" libbad.a
  [[ $(uname -m) == x86_64 ]] || return 0
  local eight='using V = float __attribute__((vector_size(32)));'
  library "$eight void f_avx2(V* a) { *a /= a[1]; }" -mavx2
  "$check" libbad.a >/dev/null
  library "$eight void f(V* a) { *a /= a[1]; }" -mavx2
  refuses 'eight divisions elsewhere' div "$check" libbad.a
  library "$eight void f_avx2(V* a) { *a = V{__builtin_sqrtf((*a)[0])}; }" -fno-math-errno
  refuses 'a square root for AVX2' sqrt "$check" libbad.a
}

test_isolation() {
  local check=$gates/check_isolation.sh
  rm -f libsets.a
  echo 'inline int g(int a) { return a + 1; } int f(int a) { return g(a); }' >avx2_f.cpp
  c++ -std=c++20 -O0 -c avx2_f.cpp -o avx2_f.cpp.o
  ar rcs libsets.a avx2_f.cpp.o
  refuses 'an inline function in a set of kernels' 'g(int)' "$check" libsets.a
  c++ -std=c++20 -O2 -c avx2_f.cpp -o avx2_f.cpp.o
  ar rcs libsets.a avx2_f.cpp.o
  "$check" libsets.a >/dev/null
  ar rcs libnone.a bad.o
  refuses 'a library without such sets' 'no set' "$check" libnone.a
}

test_layers() {
  local check=$gates/check_layers.sh
  while read -r path include message; do
    layer "$path" "$include"
    refuses "$path includes $include" "$message" "$check" tree
  done <<'END'
src/base/a.h "format/layout.h" base may not include format
src/base/a.h "thimble/engine.h" base may not include engine
src/text/a.h "format/layout.h" text may not include format
src/kernels/a.h "engine/weights.h" kernels may not include engine
src/kernels/a.h "thimble/model.h" kernels may not include format
src/engine/a.cpp "kernels/ref/ref_kernels.h" through kernels/kernels.h only
src/engine/a.cpp "ports/host/file.h" engine may not include ports
src/engine/a.cpp "tools/convert/convert.h" engine may not include tools
src/engine/a.cpp <vector> core may not include this header
src/engine/a.cpp <cmath> core may not include this header
src/engine/a.cpp <immintrin.h> intrinsics belong to kernels
src/base/a.cpp <esp_timer.h> header of an SDK
tools/a.cpp <esp_timer.h> header of an SDK
tests/unit/a.cpp <esp_timer.h> header of an SDK
src/base/a.cpp "../format/layout.h" not by ..
src/base/a.cpp <sys/mman.h> headers of the operating system
src/new_box/a.cpp <cstdint> does not know
include/thimble/a.h "engine/weights.h" public headers only
include/thimble/model.h "thimble/engine.h" format may not include engine
ports/host/a.cpp "thimble/engine.h" ports/host may not include engine
ports/host/a.cpp "ports/semihost/semihost.h" ports/host may not include ports/semihost
ports/semihost/a.cpp "kernels/kernels.h" ports/semihost may not include kernels
ports/semihost/a.cpp "firmware/story/embedded_model.h" ports/semihost may not include firmware/story
ports/semihost/a.cpp <unistd.h> headers of the operating system
ports/port.h "ports/host/file.h" port may not include ports/host
ports/port.h "thimble/engine.h" port may not include engine
ports/arduino/a.cpp "engine/weights.h" public headers only
ports/arduino/a.cpp "ports/host/file.h" ports/arduino may not include ports/host
tests/unit/a.cpp <esp_timer.h> header of an SDK
firmware/story/a.cpp "ports/semihost/semihost.h" firmware/story may not include ports/semihost
firmware/story/a.cpp "kernels/kernels.h" firmware/story may not include kernels
firmware/story/a.cpp "engine/weights.h" firmware may include public headers only
firmware/story/a.cpp "firmware/emu/options.h" firmware/story may not include firmware/emu
firmware/emu/a.cpp "ports/host/file.h" firmware/emu may not include ports/host
firmware/storyteller/a.cpp "ports/host/file.h" firmware/storyteller may not include ports/host
firmware/storyteller/a.cpp "kernels/kernels.h" firmware/storyteller may not include kernels
src/engine/a.cpp "ports/port.h" engine may not include port
src/engine/a.cpp "service/service.h" engine may not include service
src/engine/a.cpp <jsmn.h> core may not include this header
src/service/a.cpp "kernels/kernels.h" service may not include kernels
src/service/a.cpp "engine/weights.h" public headers of the core only
src/service/a.cpp "ports/port.h" service may not include port
src/service/a.cpp <string> core may not include this header
src/service/a.cpp <libwebsockets.h> core may not include this header
firmware/story/a.cpp "service/service.h" firmware/story may not include service
firmware/server/a.cpp "engine/weights.h" firmware may include public headers only
tools/a.cpp "ports/port.h" tools may not include port
apps/cli/a.cpp "ports/semihost/semihost.h" apps may not include ports/semihost
tools/a.cpp <unistd.h> headers of the operating system
apps/cli/a.cpp <termios.h> headers of the operating system
END
  while read -r path include; do
    layer "$path" "$include"
    "$check" tree >/dev/null || { echo "REFUSED: $path includes $include" && failed=1; }
  done <<'END'
src/engine/a.cpp "kernels/kernels.h"
ports/host/a.cpp "ports/port.h"
ports/host/a.cpp "ports/host/file.h"
ports/host/a.cpp "thimble/status.h"
ports/esp_idf/a.cpp <esp_timer.h>
ports/arduino/a.cpp "thimble/thimble.hpp"
ports/arduino/a.cpp "firmware/server/server.h"
tests/fakes/arduino/a.cpp <esp_timer.h>
ports/esp_idf/a.cpp <unistd.h>
tests/fakes/esp_idf/a.cpp "esp_timer.h"
firmware/story/a.cpp "thimble/engine.h"
firmware/story/a.cpp "ports/port.h"
firmware/emu/a.cpp "ports/semihost/semihost.h"
firmware/emu/a.cpp "kernels/kernels.h"
firmware/storyteller/a.cpp "ports/board.h"
firmware/storyteller/a.cpp "firmware/story/embedded_model.h"
firmware/storyteller/a.cpp "firmware/server/server.h"
firmware/server/a.cpp "service/service.h"
tests/firmware/a.cpp "firmware/storyteller/storyteller.h"
src/service/a.cpp "thimble/generator.h"
src/service/a.cpp <jsmn.h>
apps/server/a.cpp "service/service.h"
apps/server/a.cpp <libwebsockets.h>
END
}

test_headers() {
  local check=$gates/check_headers.sh
  rm -rf tree && mkdir -p tree/include/thimble tree/src/base
  echo 'inline std::size_t f() { return 1; }' >tree/include/thimble/a.h
  refuses 'a header that needs another' 'thimble/a.h does not stand alone' "$check" tree tree
  printf '#pragma once\n#include "base/b.h"\n' >tree/include/thimble/a.h
  echo '#pragma once' >tree/src/base/b.h
  refuses 'a public header that needs a private one' 'thimble/a.h does not stand alone' "$check" tree tree
  echo 'inline int f() { return 1; }' >tree/include/thimble/a.h
  refuses 'a header without a guard' 'thimble/a.h does not stand alone' "$check" tree tree
  printf '#pragma once\nclass A {};\n' >tree/include/thimble/thimble.h
  rm tree/include/thimble/a.h
  refuses 'a C header with a class' 'thimble/thimble.h does not stand alone' "$check" tree tree
}

test_symbols
test_arithmetic
test_isolation
test_layers
test_headers
exit "$failed"
