// Integer arithmetic of the quantised path (docs/NUMERICS.md, "The integer path"): 32-bit operands, one high product
// per element, shifts that every chip has. Right shifts of negative numbers round down, as C++20 defines them.
#pragma once

#include <bit>
#include <cstdint>

#include "base/scale.h"

namespace thimble {

// Largest size of an element of a wide vector where it is limited by force; natural bounds are smaller.
inline constexpr int32_t kWideMax = (1 << 30) - 1;

// The upper word of the 64-bit product, rounded down; both factors with a sign, or none. THIMBLE_NO_MUL_HIGH: for
// processors without an instruction for it (the emulated Xtensa; every ESP32 has one), where a 64-bit product is a call
// of a library.
#if defined(THIMBLE_NO_MUL_HIGH)
inline int32_t mul_high(int32_t a, int32_t b) {
  const int32_t a_high = a >> 16;
  const int32_t b_high = b >> 16;
  const auto a_low = static_cast<int32_t>(a & 0xffff);
  const auto b_low = static_cast<int32_t>(b & 0xffff);
  const uint32_t low = static_cast<uint32_t>(a_low) * static_cast<uint32_t>(b_low) >> 16;
  const int32_t cross = a_high * b_low + static_cast<int32_t>(low);  // |.| < 2^31, and so the next
  const int32_t other = a_low * b_high + (cross & 0xffff);
  return a_high * b_high + (cross >> 16) + (other >> 16);
}
inline uint32_t mul_high_unsigned(uint32_t a, uint32_t b) {
  uint32_t low = (a & 0xffff) * (b & 0xffff) >> 16;
  asm("" : "+r"(low));                                    // or clang sees what this is, and calls the library again
  const uint32_t cross = (a >> 16) * (b & 0xffff) + low;  // < 2^32, and so the next
  const uint32_t other = (a & 0xffff) * (b >> 16) + (cross & 0xffff);
  return (a >> 16) * (b >> 16) + (cross >> 16) + (other >> 16);
}
inline uint64_t mul_wide_unsigned(uint32_t a, uint32_t b) { return uint64_t{mul_high_unsigned(a, b)} << 32 | a * b; }
#else
inline int32_t mul_high(int32_t a, int32_t b) { return static_cast<int32_t>(int64_t{a} * b >> 32); }
inline uint32_t mul_high_unsigned(uint32_t a, uint32_t b) { return static_cast<uint32_t>(uint64_t{a} * b >> 32); }
inline uint64_t mul_wide_unsigned(uint32_t a, uint32_t b) { return uint64_t{a} * b; }
#endif

// The whole product, put together from the upper word and the lower.
inline int64_t mul_wide(int32_t a, int32_t b) {
  const uint32_t low = static_cast<uint32_t>(a) * static_cast<uint32_t>(b);
  return int64_t{mul_high(a, b)} << 32 | low;
}

inline uint32_t magnitude(int32_t x) { return x < 0 ? 0u - static_cast<uint32_t>(x) : static_cast<uint32_t>(x); }

// A scale, ready to multiply 32-bit integers: x -> mul_high(x, mantissa) * 2^-shift. The mantissa is 0 or in
// [2^30, 2^31); shift in [-kMostShift, kMostShift].
struct Multiplier {
  int32_t mantissa = 0;
  int32_t shift = 0;
};
inline constexpr int32_t kMostShift = 64;

inline Multiplier multiplier_of(Scale scale) {
  // scale = mantissa * 2 * 2^exponent, and the high product takes 2^-32
  int32_t shift = -33 - scale.exponent;
  if (shift > kMostShift) shift = kMostShift;
  if (shift < -kMostShift) shift = -kMostShift;
  return {static_cast<int32_t>(scale.mantissa >> 1), shift};
}

// x * 2^-shift. Right: rounded to nearest, halves up; |x| < 2^30. Left: limited to +-kWideMax.
inline int32_t shifted(int32_t x, int32_t shift) {
  if (shift > 0) {
    const int32_t right = shift < 31 ? shift : 31;
    return (x + (int32_t{1} << (right - 1))) >> right;
  }
  const int32_t left = shift > -30 ? -shift : 30;
  const int32_t most = kWideMax >> left;
  if (x > most) return kWideMax;
  if (x < -most) return -kWideMax;
  return static_cast<int32_t>(static_cast<uint32_t>(x) << left);
}

// x times the multiplier, rounded and limited as above.
inline int32_t scaled(int32_t x, Multiplier m) { return shifted(mul_high(x, m.mantissa), m.shift); }

// The same as an element of a narrow vector.
inline int8_t narrowed(int32_t x, Multiplier m) {
  const int32_t y = scaled(x, m);
  return static_cast<int8_t>(y > 127 ? 127 : y < -127 ? -127 : y);
}

}  // namespace thimble
