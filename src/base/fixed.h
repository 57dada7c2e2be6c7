// Integer arithmetic of the quantised path (docs/NUMERICS.md, "The integer path"): 32-bit operands, one high product
// per element, shifts that every chip has. Right shifts of negative numbers round down, as C++20 defines them.
#pragma once

#include <bit>
#include <cstdint>

#include "base/multiply.h"
#include "base/scale.h"

namespace thimble {

// Largest size of an element of a wide vector where it is limited by force; natural bounds are smaller.
inline constexpr int32_t kWideMax = (1 << 30) - 1;

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
