// The five functions that the core wants of its surroundings (tests/gates/allowed_symbols.txt), the same on every
// target, so that counts of instructions do not depend on somebody's libc: picolibc's memcpy on RISC-V moves one byte
// at a time, and there is no libc at all for Xtensa's windowed calls.
//
// Compiled with -fno-builtin -fno-tree-loop-distribute-patterns, or the loops would become calls to themselves.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

constexpr size_t kWord = sizeof(uint32_t);
using Word = uint32_t __attribute__((may_alias));

bool on_words(const void* a, const void* b) {
  return ((reinterpret_cast<uintptr_t>(a) | reinterpret_cast<uintptr_t>(b)) % kWord) == 0;
}

}  // namespace

extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, size_t n) {
  auto* out = static_cast<unsigned char*>(to);
  const auto* in = static_cast<const unsigned char*>(from);
  if (on_words(to, from)) {
    for (; n >= 4 * kWord; n -= 4 * kWord, out += 4 * kWord, in += 4 * kWord) {
      auto* o = reinterpret_cast<Word*>(out);
      const auto* i = reinterpret_cast<const Word*>(in);
      const Word a = i[0], b = i[1], c = i[2], d = i[3];
      o[0] = a, o[1] = b, o[2] = c, o[3] = d;
    }
  }
  for (; n > 0; --n) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, size_t n) {
  auto* out = static_cast<unsigned char*>(to);
  const auto* in = static_cast<const unsigned char*>(from);
  if (reinterpret_cast<uintptr_t>(to) <= reinterpret_cast<uintptr_t>(from)) {
    for (; n > 0; --n) *out++ = *in++;
  } else {
    while (n > 0) {
      --n;
      out[n] = in[n];
    }
  }
  return to;
}

void* memset(void* to, int value, size_t n) {
  auto* out = static_cast<unsigned char*>(to);
  const auto byte = static_cast<unsigned char>(value);
  if (on_words(to, to)) {
    const Word word = byte * 0x01010101u;
    for (; n >= kWord; n -= kWord, out += kWord) *reinterpret_cast<Word*>(out) = word;
  }
  for (; n > 0; --n) *out++ = byte;
  return to;
}

int memcmp(const void* a, const void* b, size_t n) {
  const auto* x = static_cast<const unsigned char*>(a);
  const auto* y = static_cast<const unsigned char*>(b);
  for (; n > 0; --n, ++x, ++y) {
    if (*x != *y) return *x - *y;
  }
  return 0;
}

size_t strlen(const char* text) {
  size_t n = 0;
  while (text[n] != '\0') ++n;
  return n;
}

}  // extern "C"
