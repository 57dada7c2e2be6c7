// Attention over a cache of int8: weights of four positions at a time, the mix of four rows of values. The scores are
// dot products of bytes (neon_dots.h).

#include "kernels/neon/neon_dots.h"
#include "kernels/neon/neon_kernels.h"
#include "kernels/tables.h"

namespace thimble {

using namespace neon;

namespace {

// The exponentials' table at i < kExp2Steps.
THIMBLE_NEON uint32x4_t exp2_steps(uint32x4_t i) {
  uint32_t steps[kWidth];
  vst1q_u32(steps, i);
  for (uint32_t& step : steps) step = kExp2Table[step];
  return vld1q_u32(steps);
}

// The largest of `n` elements, 1 at least.
template <class Element>
Element largest(const Element* p, size_t n) {
  Element most = p[0];
  for (size_t i = 1; i < n; ++i) most = p[i] > most ? p[i] : most;
  return most;
}

// + products of 16 positions of a row
THIMBLE_NEON int32x4_t add_products(int32x4_t sum, const int8_t* values, int16x8_t low, int16x8_t high) {
  const int8x16_t v = vld1q_s8(values);
  const int16x8_t first_ones = vmovl_s8(vget_low_s8(v));
  const int16x8_t last_ones = vmovl_high_s8(v);
  sum = vmlal_high_s16(vmlal_s16(sum, vget_low_s16(first_ones), vget_low_s16(low)), first_ones, low);
  return vmlal_high_s16(vmlal_s16(sum, vget_low_s16(last_ones), vget_low_s16(high)), last_ones, high);
}

// Sums of kRows rows of values, weighted, over `count` positions, at most kMixBlock. Lane r: row r. Rows are as long as
// a multiple of 16, and weights, at most kMostWeight, have no sign to lose.
template <size_t kRows>
THIMBLE_NEON int32x4_t mix_rows(const int8_t* values, size_t stride, const uint16_t* a, size_t count) {
  int32x4_t sums[kWidth] = {};
  const auto step = [&](size_t t, const uint16_t* weights) __attribute__((always_inline)) {
    const auto low = vreinterpretq_s16_u16(vld1q_u16(weights));
    const auto high = vreinterpretq_s16_u16(vld1q_u16(weights + 8));
    for (size_t r = 0; r < kRows; ++r) sums[r] = add_products(sums[r], values + r * stride + t, low, high);
  };
  size_t t = 0;
  for (; t + 16 <= count; t += 16) step(t, a + t);
  if (t < count) step(t, Some<16, uint16_t>(a + t, count - t).elements);
  return sum_rows(sums);
}

template <size_t kRows>
THIMBLE_NEON void mix(int32_t* out, const int8_t* values, size_t stride, const uint16_t* a, size_t length,
                      int32_t shift) {
  int64x2_t low = vdupq_n_s64(0);  // rows 0 and 1
  int64x2_t high = vdupq_n_s64(0);
  for (size_t t = 0; t < length; t += kMixBlock) {
    const int32x4_t sums = mix_rows<kRows>(values + t, stride, a + t, length - t < kMixBlock ? length - t : kMixBlock);
    low = vaddw_s32(low, vget_low_s32(sums));
    high = vaddw_high_s32(high, sums);
  }
  const int64x2_t left = vdupq_n_s64(-shift);
  store(out, vcombine_s32(vmovn_s64(vshlq_s64(low, left)), vmovn_s64(vshlq_s64(high, left))), kRows);
}

}  // namespace

AttentionWeights weigh_i8_neon(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length) {
  AttentionWeights result;
  result.octave = code_octave(largest(codes, length));
  const int32x4_t most = vdupq_n_s32(largest(y, length));
  const int32x4_t octave = vdupq_n_s32(static_cast<int32_t>(result.octave));
  uint32x4_t sums = vdupq_n_u32(0);
  for (size_t t = 0; t < length; t += kWidth) {
    const size_t left = length - t;
    const auto distance = vreinterpretq_u32_s32(vsubq_s32(most, load(y + t, left)));
    const uint32x4_t step = vandq_u32(distance, vdupq_n_u32(kExp2Steps - 1));
    const uint32x4_t halvings = vminq_u32(vshrq_n_u32(distance, kScoreFraction), vdupq_n_u32(31));
    const uint32x4_t p = vshlq_u32(exp2_steps(step), vnegq_s32(vreinterpretq_s32_u32(halvings)));
    sums = vaddq_u32(sums, vandq_u32(p, first(left)));
    const uint32x4_t code = load_bytes(codes + t, left);
    const int32x4_t below = vminq_s32(vsubq_s32(octave, octaves(code)), vdupq_n_s32(15));
    const uint32x4_t scaled = vmulq_u32(p, vreinterpretq_u32_s32(mantissas(code)));
    const uint32x4_t rounded = vrshlq_u32(scaled, vsubq_s32(vdupq_n_s32(-kWeightShift), below));
    store(a + t, vmovn_u32(rounded), left);
  }
  result.sum = vaddvq_u32(sums);
  return result;
}

void mix_i8_neon(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                 size_t length, int32_t shift) {
  size_t d = 0;
  for (; d + kWidth <= head_dim; d += kWidth) {
    mix<kWidth>(out + d, values + d * value_stride, value_stride, a, length, shift);
  }
  for (; d < head_dim; ++d) mix<1>(out + d, values + d * value_stride, value_stride, a, length, shift);
}

}  // namespace thimble
