// Single-precision maths with the same bits on every machine (docs/NUMERICS.md is the law).
//
// Nothing here comes from libm, from the compiler's division or from a square-root instruction, and nothing is fused.
// Sums use the floating-point unit, one rounding per written operation. The other functions work on the bits of their
// operands with 32-bit integer products: that is exact by construction, does not depend on the rounding mode, and
// costs some 50 instructions even where every float operation is a library call.
//
// Every result that is a NaN is the canonical one, 0x7fc00000, except from the sums. Subnormal operands count in full.
#pragma once

#include <bit>
#include <cfloat>
#include <cstddef>
#include <cstdint>
#include <limits>

#ifdef __FAST_MATH__
#error "Thimble needs IEEE arithmetic: build without -ffast-math"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "Thimble needs float expressions evaluated in float (on 32-bit x86: -msse2 -mfpmath=sse)"
#endif

namespace thimble {

static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4, "Thimble needs IEEE-754 single precision");

inline constexpr uint32_t kCanonicalNan = 0x7fc00000;

// x, or the canonical NaN when x is any NaN: machines differ in the sign and payload of the NaNs they make.
inline float canonical_nan(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  const bool nan = (bits & 0x7fffffff) > 0x7f800000;
  return std::bit_cast<float>(nan ? kCanonicalNan : bits);
}

// e^x within 0.512 ulp; exp(0) = 1. Above 88.7228317 (the last float whose result is finite): +inf. Below
// -87.3365402 (the last whose result is normal): +0, so no result is subnormal. +-inf follow; NaN stays NaN.
float exp_f32(float x);

// a / b rounded to nearest even: the IEEE quotient, so 0.5 ulp, subnormal results included.
// x/0 = +-inf, 0/0 and inf/inf = NaN.
float divide_f32(float a, float b);

// 1 / x, with the same rounding. +-inf for |x| < 2^-128, subnormal results for |x| > 2^126.
float reciprocal_f32(float x);

// 1 / sqrt(x) rounded to nearest: 0.5 ulp. Every positive x, subnormals too, has a normal result. +inf gives +0, +-0
// give +-inf, x < 0 gives NaN.
float rsqrt_f32(float x);

struct CosSin {
  float cos;
  float sin;
};

// Cosine and sine of phase / 2^64 turns, each within 0.52 ulp; 0 and +-1 are exact at quarter turns, where the zeros
// are +0. Phases wrap by themselves: there is no large-angle case.
CosSin cos_sin_turns(uint64_t phase);

// x / (1 + exp(-x)), within 2.5 ulp for x >= -87.3. Below -88.7228317 (-inf included) it is -0, where the true value is
// under 2.7e-37 in size; +inf gives +inf.
float silu_f32(float x);

// 2^63 / d for d in [2^31, 2^32), and 2^47 / sqrt(d) for d in [2^30, 2^32): 1/x and 1/sqrt(x) of a fraction x of 2^32,
// in units of 2^-31. Low by less than 2^-28 of themselves, and these very bits on every machine.
uint32_t reciprocal_q31(uint32_t d);
uint32_t rsqrt_q31(uint32_t d);

// x / 2^16 rounded to nearest even. For a chip without a floating-point unit this is a few integer instructions.
float f32_from_q16(int32_t x);

// The value of an IEEE-754 binary16 number; every one is a float. A NaN keeps its payload.
float f32_from_f16(uint16_t half);

// The sum of the project. Lane l of 8 starts at +0 and adds the products a[i] * b[i] with i = l mod 8 in increasing i,
// multiply and add rounded apart; then ((0+4)+(2+6)) + ((1+5)+(3+7)). n may be 0: +0.
float dot_f32(const float* a, const float* b, size_t n);

// The same lanes and tree over a[i] alone.
float sum_f32(const float* a, size_t n);

inline constexpr size_t kLanes = 8;  // two SSE or one AVX register of floats; enough chains to hide the add latency

// Halves the lanes three times, as a SIMD unit does it.
inline float add_lanes(const float* lane) {
  const float even = (lane[0] + lane[4]) + (lane[2] + lane[6]);
  const float odd = (lane[1] + lane[5]) + (lane[3] + lane[7]);
  return even + odd;
}

}  // namespace thimble
