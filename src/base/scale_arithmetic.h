// What scale.h declares and a forward pass does some hundred times a token. Where programs may be large it is inline,
// and scale.h includes this; on a chip scale.cpp has the only copy.
#pragma once

#include <bit>

#include "base/math.h"
#include "base/multiply.h"
#include "base/scale.h"

#if defined(THIMBLE_INLINE_SCALES)
#define THIMBLE_SCALE inline
#else
#define THIMBLE_SCALE
#endif

namespace thimble {

// Brings a mantissa that is not 0 into the range of a Scale.
inline Scale normalised(uint32_t mantissa, int32_t exponent) {
  const int zeros = std::countl_zero(mantissa);
  return {mantissa << zeros, exponent - zeros};
}

THIMBLE_SCALE Scale make_scale(uint64_t n, int32_t exponent) {
  if (n == 0) return {};
  const int zeros = std::countl_zero(n);
  return {static_cast<uint32_t>(n << zeros >> 32), exponent + 32 - zeros};
}

THIMBLE_SCALE Scale narrow_scale(Scale wide, uint32_t largest) {
  constexpr Scale kOneOver127 = {0x81020408, -38};
  return wide * make_scale(largest) * kOneOver127;
}

THIMBLE_SCALE Scale operator*(Scale a, Scale b) {
  if (a.mantissa == 0 || b.mantissa == 0) return {};
  // Both have their upper bit set, so the product has at most one leading zero: no count of them is needed.
  const uint64_t product = mul_wide_unsigned(a.mantissa, b.mantissa);
  const int32_t zeros = product >> 63 != 0 ? 0 : 1;
  return {static_cast<uint32_t>(product << zeros >> 32), a.exponent + b.exponent + 32 - zeros};
}

THIMBLE_SCALE Scale operator+(Scale a, Scale b) {
  if (a.mantissa == 0) return b;
  if (b.mantissa == 0) return a;
  if (a.exponent < b.exponent) return b + a;
  const int32_t distance = a.exponent - b.exponent;
  if (distance >= 32) return a;
  return make_scale(uint64_t{a.mantissa} + (b.mantissa >> distance), a.exponent);
}

THIMBLE_SCALE bool operator<(Scale a, Scale b) {
  if (a.mantissa == 0 || b.mantissa == 0) return a.mantissa < b.mantissa;
  return a.exponent != b.exponent ? a.exponent < b.exponent : a.mantissa < b.mantissa;
}

THIMBLE_SCALE Scale reciprocal(Scale a) {
  if (a.mantissa == 0) return {};
  return normalised(reciprocal_q31(a.mantissa), -63 - a.exponent);
}

THIMBLE_SCALE uint8_t code_at_least(Scale s) {
  if (s.mantissa == 0) return 0;
  constexpr int32_t kOctaveOfOne = kCodeExponent + 3;  // of the least code, whose mantissa is 8
  const uint32_t eighths = s.mantissa >> 28;           // 8..15
  const uint32_t more = (s.mantissa & ((1u << 28) - 1)) != 0 ? 1 : 0;
  const int32_t code = (s.exponent + 31 - kOctaveOfOne) * 8 + static_cast<int32_t>(eighths - 8 + more);
  return static_cast<uint8_t>(code < 0 ? 0 : code > 255 ? 255 : code);
}

THIMBLE_SCALE Scale scale_of_code(uint8_t code) {
  return make_scale(code_mantissa(code), static_cast<int32_t>(code_octave(code)) + kCodeExponent);
}

}  // namespace thimble

#undef THIMBLE_SCALE
