// Kernels of the integer path that grow with the width of a vector: base/fixed.h, four elements at a time.

#include "kernels/narrow.h"
#include "kernels/neon/neon_kernels.h"
#include "kernels/neon/neon_vectors.h"
#include "kernels/tables.h"

namespace thimble {

using namespace neon;

uint64_t norm_i32_neon(int32_t* out, const int32_t* x, const int16_t* weight, size_t n) {
  int64x2_t squares = vdupq_n_s64(0);
  for (size_t i = 0; i < n; i += kWidth) {
    const int32x4_t v = load(x + i, n - i);
    const int32x4_t coarse = vshrq_n_s32(v, kNormSquareShift);
    squares = vmlal_s32(squares, vget_low_s32(coarse), vget_low_s32(coarse));
    squares = vmlal_high_s32(squares, coarse, coarse);
    const int32x4_t w = vshll_n_s16(load(weight + i, n - i), 16);
    store(out + i, mul_high(vshlq_n_s32(v, 16 - kNormShift), w), n - i);
  }
  return static_cast<uint64_t>(vaddvq_s64(squares));
}

uint32_t max_abs_i32_neon(const int32_t* x, size_t n) {
  uint32x4_t most = vdupq_n_u32(0);
  for (size_t i = 0; i < n; i += kWidth) {
    most = vmaxq_u32(most, vreinterpretq_u32_s32(vabsq_s32(load(x + i, n - i))));
  }
  return vmaxvq_u32(most);
}

uint32_t quantize_i8_neon(int8_t* out, const int32_t* x, size_t n, size_t padded) {
  const uint32_t most = max_abs_i32_neon(x, n);
  if (most == 0) {
    zero_behind(out, 0, padded);
    return 0;
  }
  const Narrowing narrow = narrowing(most);
  const int32x4_t factor = vdupq_n_s32(narrow.factor);
  const int32x4_t count = vdupq_n_s32(narrow.lift);
  for (size_t i = 0; i < n; i += kWidth) {
    const int32x4_t quotient = mul_high(vshlq_s32(load(x + i, n - i), count), factor);
    store_bytes(out + i, vrshrq_n_s32(quotient, kNarrowFraction), n - i);
  }
  zero_behind(out, n, padded);
  return most;
}

void rescale_i8_neon(int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m) {
  const Scaling scaled(m);
  for (size_t i = 0; i < n; i += kWidth) {
    const int32x4_t y = scaled(load(x + i, n - i));
    store_bytes(out + i, vmaxq_s32(vminq_s32(y, vdupq_n_s32(127)), vdupq_n_s32(-127)), n - i);
  }
  zero_behind(out, n, padded);
}

void add_i32_neon(int32_t* x, int32_t x_shift, const int32_t* y, int32_t y_lift, Multiplier m, size_t n) {
  const Scaling scaled(m);
  const int32x4_t shift = vdupq_n_s32(x_shift);
  const int32x4_t lift = vdupq_n_s32(y_lift);
  for (size_t i = 0; i < n; i += kWidth) {
    const int32x4_t addend = scaled(vshlq_s32(load(y + i, n - i), lift));
    store(x + i, vaddq_s32(shifted(load(x + i, n - i), shift), addend), n - i);
  }
}

void rope_i32_neon(int32_t* x, const int32_t* cos_sin, size_t n_heads, size_t head_dim) {
  for (size_t head = 0; head < n_heads; ++head) {
    int32_t* h = x + head * head_dim;
    for (size_t i = 0; i < head_dim; i += kWidth) {
      // x0 x1 and c s twice; each product's upper word counts for itself.
      const int32x4_t pairs = vshlq_n_s32(load(h + i, head_dim - i), 32 - kRotationFraction - kRotationShift);
      const int32x4_t turns = load(cos_sin + i, head_dim - i);
      const int32x4_t straight = mul_high(pairs, vtrn1q_s32(turns, turns));              // x0 c, x1 c
      const int32x4_t crossed = mul_high(vrev64q_s32(pairs), vtrn2q_s32(turns, turns));  // x1 s, x0 s
      const int32x4_t even = vsubq_s32(straight, crossed);
      const int32x4_t odd = vaddq_s32(straight, crossed);
      store(h + i, vtrn2q_s32(vrev64q_s32(even), odd), head_dim - i);
    }
  }
}

namespace {

// T[i] and, in the upper half, T[i + 1] of the sigmoid's table.
THIMBLE_NEON uint32x4_t sigmoid_steps(uint32x4_t i) {
  uint32_t steps[kWidth];
  vst1q_u32(steps, i);
  for (uint32_t& step : steps) step = kSigmoidTable[step] | uint32_t{kSigmoidTable[step + 1]} << 16;
  return vld1q_u32(steps);
}

// The interpolated sigmoid of size / 2^kGateFraction.
THIMBLE_NEON int32x4_t sigmoid(uint32x4_t size) {
  const uint32x4_t step = vminq_u32(vshrq_n_u32(size, kSigmoidStepBits), vdupq_n_u32(kSigmoidSteps - 1));
  // behind the table all of its last step is added
  const uint32x4_t rest =
      vminq_u32(vsubq_u32(size, vshlq_n_u32(step, kSigmoidStepBits)), vdupq_n_u32(1u << kSigmoidStepBits));
  const uint32x4_t entries = sigmoid_steps(step);
  const uint32x4_t low = vandq_u32(entries, vdupq_n_u32(0xffff));
  const uint32x4_t rise = vsubq_u32(vshrq_n_u32(entries, 16), low);
  return vreinterpretq_s32_u32(vaddq_u32(low, vshrq_n_u32(vmulq_u32(rise, rest), kSigmoidStepBits)));
}

}  // namespace

void silu_mul_i32_neon(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n) {
  const Scaling scaled(to_q16);
  for (size_t i = 0; i < n; i += kWidth) {
    const int32x4_t g = scaled(load(gate + i, n - i));
    const int32x4_t positive = sigmoid(vreinterpretq_u32_s32(vabsq_s32(g)));
    const int32x4_t other = vsubq_s32(vdupq_n_s32(1 << kSigmoidFraction), positive);
    const int32x4_t s = vbslq_s32(vcltzq_s32(g), other, positive);
    const int32x2_t silu_low = vshrn_n_s64(vmull_s32(vget_low_s32(g), vget_low_s32(s)), kSigmoidFraction);
    const int32x2_t silu_high = vshrn_n_s64(vmull_high_s32(g, s), kSigmoidFraction);
    const int32x4_t u = load(up + i, n - i);
    const int32x2_t low = vqshrn_n_s64(vmull_s32(silu_low, vget_low_s32(u)), kGatedShift);
    const int32x2_t high = vqshrn_n_s64(vmull_s32(silu_high, vget_high_s32(u)), kGatedShift);
    const int32x4_t gated = vminq_s32(vcombine_s32(low, high), vdupq_n_s32(kWideMax));
    store(gate + i, vmaxq_s32(gated, vdupq_n_s32(-kWideMax)), n - i);
  }
}

void logits_i32_neon(float* out, const int32_t* x, Multiplier to_q16, size_t n) {
  const Scaling scaled(to_q16);
  for (size_t i = 0; i < n; i += kWidth) {
    store(out + i, vmulq_n_f32(vcvtq_f32_s32(scaled(load(x + i, n - i))), 0x1p-16f), n - i);
  }
}

}  // namespace thimble
