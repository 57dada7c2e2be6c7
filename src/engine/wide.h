// Between float vectors and wide ones (int32 and a Scale), in place: a buffer holds the one, then the other. Used
// where a float model has a kv cache of int8, or an integer model one of f32.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/scale.h"

namespace thimble {

// `numbers`: n f32, afterwards n int32 below 2^30 in size, cut off towards zero. Returns the scale of the integers, a
// power of two; 0 when all are. Infinities count as the largest float; NaN and subnormals as 0.
Scale wide_from_f32(void* numbers, size_t n);

// `numbers`: n int32, afterwards n f32: float(x) * f32_from_scale(scale).
void f32_from_wide(void* numbers, size_t n, Scale scale);

// x * 2^30 for |x| <= 1, cut off towards zero.
int32_t q30_from_f32(float x);

}  // namespace thimble
