// 64-bit arithmetic for Xtensa: what a compiler's runtime library would bring. The one that Debian ships for Xtensa has
// the other calling convention.
//
// The emulated processor lacks the upper word of a 32-bit product, which every ESP32 has as one instruction: products
// of 64 bits cost some 25 instructions here, and counts from this emulator are that much too high.

#include <cstdint>

namespace {

// Shift and subtract, one bit a step.
uint64_t divide(uint64_t n, uint64_t d, uint64_t* rest) {
  uint64_t quotient = 0;
  uint64_t r = 0;
  for (int bit = 63; bit >= 0; --bit) {
    r = r << 1 | (n >> bit & 1);
    if (r < d) continue;
    r -= d;
    quotient |= uint64_t{1} << bit;
  }
  *rest = r;
  return quotient;
}

uint64_t size_of(int64_t x) { return x < 0 ? 0 - static_cast<uint64_t>(x) : static_cast<uint64_t>(x); }

}  // namespace

extern "C" {

uint64_t __muldi3(uint64_t a, uint64_t b);
uint64_t __udivdi3(uint64_t n, uint64_t d);
uint64_t __umoddi3(uint64_t n, uint64_t d);
int64_t __divdi3(int64_t n, int64_t d);

// Schoolbook, by halves of 16 bits. The empty asm hides one of the partial products from clang, which otherwise
// recognises the whole as a 64-bit product, and calls this function for it.
uint64_t __muldi3(uint64_t a, uint64_t b) {
  const auto a_low = static_cast<uint32_t>(a);
  const auto b_low = static_cast<uint32_t>(b);
  const uint32_t a0 = a_low & 0xffff, a1 = a_low >> 16;
  const uint32_t b0 = b_low & 0xffff, b1 = b_low >> 16;
  const uint32_t low = a0 * b0;
  uint32_t cross = a1 * b0;
  asm("" : "+r"(cross));
  const uint32_t middle = (low >> 16) + (cross & 0xffff) + a0 * b1;  // below 2^32: 0xffff + 0xffff + 0xfffe0001
  uint32_t high = a1 * b1 + (cross >> 16) + (middle >> 16);
  high += a_low * static_cast<uint32_t>(b >> 32) + static_cast<uint32_t>(a >> 32) * b_low;
  return uint64_t{high} << 32 | middle << 16 | (low & 0xffff);
}

uint64_t __udivdi3(uint64_t n, uint64_t d) {
  uint64_t rest;
  return divide(n, d, &rest);
}

uint64_t __umoddi3(uint64_t n, uint64_t d) {
  uint64_t rest;
  divide(n, d, &rest);
  return rest;
}

int64_t __divdi3(int64_t n, int64_t d) {
  uint64_t rest;
  const uint64_t quotient = divide(size_of(n), size_of(d), &rest);
  return static_cast<int64_t>((n < 0) != (d < 0) ? 0 - quotient : quotient);
}

}  // extern "C"
