// Deterministic single-precision maths: the same bits on every machine, compiler and optimisation level.
//
// Strategy: nothing but IEEE-754 single add, subtract and multiply, integer operations and bit casts. These round
// identically everywhere, in hardware and in soft float; libm, the compiler's divide and square root, and fused
// multiply-add do not. Subnormals are kept, as IEEE demands (FpEnvironment sees to the mode bits). Every NaN that
// leaves one of these functions is canonical. docs/NUMERICS.md states the bounds; tests/property/math_test.cpp holds
// them.
#pragma once

#include <bit>
#include <cfloat>
#include <cstddef>
#include <cstdint>

#ifdef __FAST_MATH__
#error "Thimble promises equal bits: build without -ffast-math"
#endif
static_assert(FLT_EVAL_METHOD == 0, "float arithmetic must round to float after every operation");

namespace thimble {

inline constexpr uint32_t kCanonicalNan = 0x7fc00000;

inline bool is_nan(float x) { return (std::bit_cast<uint32_t>(x) & 0x7fffffff) > 0x7f800000; }

// x, or the one NaN of this project for any NaN.
inline float canonical_nan(float x) { return is_nan(x) ? std::bit_cast<float>(kCanonicalNan) : x; }

// e^x. Error <= 1 ulp. Below -87.3 exactly +0 (results are never subnormal), above 88.72283 +infinity.
float exp_f32(float x);

// 1 / x. Error <= 1 ulp for normal results. +-0 gives +-infinity, +-infinity gives +-0.
float reciprocal_f32(float x);

// a / b. Error <= 2 ulp for normal results; zeros, infinities and NaN as IEEE division has them.
float divide_f32(float a, float b);

// 1 / sqrt(x). Error <= 2 ulp. 0 gives +infinity, +infinity gives 0, less than 0 NaN.
float rsqrt_f32(float x);

// x / (1 + e^-x). Error <= 4 ulp for x >= -87; below that -0, towards which the true value goes.
float silu_f32(float x);

// Cosine and sine of phase * 2^-64 turns. Absolute error <= 1.2e-7; exact at quarter turns. An integer phase makes the
// range reduction exact for any position, however far.
struct CosSin {
  float cos = 1;
  float sin = 0;
};
CosSin cos_sin_turns(uint64_t phase);

// Lanes of every long sum: lane l holds the terms i with i mod 8 = l. Eight fill the registers of the widest machine
// that runs this (two SSE, one AVX) and leave a chip's sixteen float registers half free.
inline constexpr size_t kLanes = 8;

// The fixed tree that ends every long sum: ((0+4)+(2+6)) + ((1+5)+(3+7)).
inline float sum_lanes(const float* lanes) {
  const float even = (lanes[0] + lanes[4]) + (lanes[2] + lanes[6]);
  const float odd = (lanes[1] + lanes[5]) + (lanes[3] + lanes[7]);
  return even + odd;
}

// Sum of a[i] * b[i], i < n: each lane in order of i from +0, product and sum rounded apart, then the tree.
float dot_f32(const float* a, const float* b, size_t n);

// Sum of a[i], i < n, in the same lanes and tree.
float sum_f32(const float* a, size_t n);

}  // namespace thimble
