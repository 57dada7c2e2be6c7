// How quantize_i8 begins and ends, for all sets but the oracle. Always inline, since files for one processor's
// extension may leave no copy for others.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/math.h"
#include "kernels/units.h"

namespace thimble {

// x -> (x * 2^lift * factor >> 32, rounded from kNarrowFraction bits) is x * 127 / largest.
struct Narrowing {
  int32_t lift;
  int32_t factor;
};

// largest: the largest size of an element, not 0.
[[gnu::always_inline]] inline Narrowing narrowing(uint32_t largest) {
  const int32_t lift = std::countl_zero(largest) - 1;
  const uint64_t reciprocal = reciprocal_q31(largest << (lift + 1));
  return {lift, static_cast<int32_t>(reciprocal * 127 >> (30 - kNarrowFraction))};
}

// Zeros behind the n elements of a narrow vector.
[[gnu::always_inline]] inline void zero_behind(int8_t* x, size_t n, size_t padded) {
  for (size_t i = n; i < padded; ++i) x[i] = 0;
}

}  // namespace thimble
