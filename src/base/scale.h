// The scale of a vector of integers: a positive number with 32 bits of mantissa, computed in integers alone so that a
// chip without a floating-point unit pays a few instructions per vector (docs/NUMERICS.md, "Scales").
#pragma once

#include <cstdint>

namespace thimble {

// mantissa * 2^exponent. The upper bit of the mantissa is set; 0 is the number zero.
struct Scale {
  uint32_t mantissa = 0;
  int32_t exponent = 0;
};

// n * 2^exponent. Bits of n beyond the upper 32 are cut off.
Scale make_scale(uint64_t n, int32_t exponent = 0);
// Exact. x >= 0 and finite; everything else, NaN too, gives zero.
Scale scale_from_f32(float x);
// Rounded to nearest even; too large gives +inf, below the smallest normal float gives +0.
float f32_from_scale(Scale s);

// The scale of a narrow vector (int8, the largest element +-127) made from a wide one of this scale and largest
// element.
Scale narrow_scale(Scale wide, uint32_t largest);

// Products and sums are cut off after 32 bits.
Scale operator*(Scale a, Scale b);
Scale operator+(Scale a, Scale b);
bool operator<(Scale a, Scale b);
// a * 2^n.
inline Scale shifted_by(Scale a, int32_t n) { return {a.mantissa, a.mantissa == 0 ? 0 : a.exponent + n}; }

// 1 / a and 1 / sqrt(a), low by less than 2^-28 of themselves; zero for zero.
Scale reciprocal(Scale a);
Scale rsqrt(Scale a);

// An 8-bit scale for a few elements of the kv cache: (8 + (code mod 8)) * 2^(floor(code / 8) - 27), from 2^-24 to 240.
inline constexpr int32_t kCodeExponent = -27;
inline uint32_t code_mantissa(uint8_t code) { return 8u + (code & 7u); }
inline uint32_t code_octave(uint8_t code) { return code >> 3; }
// The least code whose scale is >= s; the last one when there is none.
uint8_t code_at_least(Scale s);
Scale scale_of_code(uint8_t code);

}  // namespace thimble

#if defined(__x86_64__) || defined(__aarch64__)
#define THIMBLE_INLINE_SCALES
#include "base/scale_arithmetic.h"
#endif
