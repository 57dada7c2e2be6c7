// From the product of a key and a query to the score.
#pragma once

#include "kernels/kernels.h"

namespace thimble {

// x * 2^-shift rounded, for 1 <= shift <= 31: shifted() without its other case.
inline int32_t rounded_right(int32_t x, int32_t shift) { return ((x >> (shift - 1)) + 1) >> 1; }

// y[t] of scores_i8, kernels.h.
[[gnu::noinline]] inline int32_t unusual_shift(int32_t x, int32_t shift) { return shifted(x, shift); }
[[gnu::always_inline]] inline int32_t score(int32_t dot, uint8_t code, Multiplier m) {
  const int32_t v = mul_high(dot * static_cast<int32_t>(code_mantissa(code)), m.mantissa);
  const int32_t shift = m.shift - static_cast<int32_t>(code_octave(code));
  return static_cast<uint32_t>(shift - 1) < 31 ? rounded_right(v, shift) : unusual_shift(v, shift);
}

}  // namespace thimble
