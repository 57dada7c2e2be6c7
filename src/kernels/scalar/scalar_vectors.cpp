// Kernels over one vector where the oracle's loop is worth arranging; the others are ref's own.

#include "base/math.h"
#include "kernels/narrow.h"
#include "kernels/scalar/scalar_kernels.h"
#include "kernels/scalar/score.h"
#include "kernels/scalar/settle.h"
#include "kernels/tables.h"

namespace thimble {
namespace {

#if defined(__riscv_flen) || defined(__ARM_FP) || defined(__SSE2__) || \
    (defined(__xtensa__) && !defined(__XTENSA_SOFT_FLOAT__))
constexpr bool kFloatUnit = true;
#else
constexpr bool kFloatUnit = false;
#endif

// A multiplier of the usual kind, whose shift is sorted out once for a whole vector; others are left to ref.
bool is_usual(Multiplier m) { return m.shift >= 1 && m.shift <= 31; }
[[gnu::always_inline]] inline int32_t usually_scaled(int32_t x, Multiplier m) {
  return rounded_right(mul_high(x, m.mantissa), m.shift);
}

// silu(g / 2^16) * up / 2^4, limited: one element of the gate.
[[gnu::always_inline]] inline int32_t gated(int32_t g, int32_t up) {
  const int32_t sign = g >> 31;  // 0 or -1
  const auto size = static_cast<uint32_t>((g ^ sign) - sign);
  int32_t positive = kSigmoidTable[kSigmoidSteps];
  if (size < kSigmoidSteps << kSigmoidStepBits) [[likely]] {
    const uint16_t* step = kSigmoidTable + (size >> kSigmoidStepBits);
    const uint32_t rest = size & ((1u << kSigmoidStepBits) - 1);
    positive = static_cast<int32_t>(step[0] + (uint32_t{step[1]} - step[0]) * rest / (1u << kSigmoidStepBits));
  }
  const int32_t sigmoid = (positive ^ sign) - sign + (sign & (1 << kSigmoidFraction));
  const auto silu = static_cast<int32_t>(mul_wide(g, sigmoid) >> kSigmoidFraction);
  // The quotient is wide when the upper word of the product is at most kMost in size.
  const int32_t high = mul_high(silu, up);
  constexpr int32_t kMost = kWideMax >> (32 - kGatedShift);
  if (static_cast<uint32_t>(high + kMost) <= 2u * kMost) [[likely]] {
    const uint32_t low = static_cast<uint32_t>(silu) * static_cast<uint32_t>(up);
    return high * (1 << (32 - kGatedShift)) + static_cast<int32_t>(low >> kGatedShift);
  }
  const int64_t product = mul_wide(silu, up) >> kGatedShift;
  const int64_t limited = product < kWideMax ? product : kWideMax;
  return static_cast<int32_t>(limited > -kWideMax ? limited : -kWideMax);
}

}  // namespace

// The largest and the least element, whose order branches predict and need no absolute value.
uint32_t max_abs_i32_scalar(const int32_t* x, size_t n) {
  int32_t most = 0;
  int32_t least = 0;
#pragma GCC unroll 4
  for (size_t i = 0; i < n; ++i) {
    if (x[i] > most) [[unlikely]]
      most = x[i];
    if (x[i] < least) [[unlikely]]
      least = x[i];
  }
  return most > -least ? static_cast<uint32_t>(most) : magnitude(least);
}

uint64_t norm_i32_scalar(int32_t* out, const int32_t* x, const int16_t* weight, size_t n) {
  uint64_t squares = 0;
#pragma GCC unroll 4
  for (size_t i = 0; i < n; ++i) {
    const int32_t coarse = x[i] >> kNormSquareShift;
    squares += static_cast<uint64_t>(mul_wide(coarse, coarse));
    out[i] = mul_high(x[i] * (1 << (16 - kNormShift)), weight[i] * (1 << 16));
  }
  return squares;
}

uint32_t quantize_i8_scalar(int8_t* out, const int32_t* x, size_t n, size_t padded) {
  const uint32_t most = max_abs_i32_scalar(x, n);
  if (most == 0) n = 0;
  zero_behind(out, n, padded);
  if (n == 0) return 0;
  auto [lift, r] = narrowing(most);
  settle(r);  // or gcc multiplies by the 64 bits that it was made from
#pragma GCC unroll 4
  for (size_t i = 0; i < n; ++i) {
    const auto lifted = static_cast<int32_t>(static_cast<uint32_t>(x[i]) << lift);
    out[i] = static_cast<int8_t>((mul_high(lifted, r) + (1 << (kNarrowFraction - 1))) >> kNarrowFraction);
  }
  return most;
}

void rescale_i8_scalar(int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m) {
  if (!is_usual(m)) return rescale_i8_ref(out, x, n, padded, m);
#pragma GCC unroll 4
  for (size_t i = 0; i < n; ++i) {
    const int32_t y = usually_scaled(x[i], m);
    out[i] = static_cast<int8_t>(y > 127 ? 127 : y < -127 ? -127 : y);
  }
  for (size_t i = n; i < padded; ++i) out[i] = 0;
}

void add_i32_scalar(int32_t* x, int32_t x_shift, const int32_t* y, int32_t y_lift, Multiplier m, size_t n) {
  // Usually the stream keeps its exponent.
  if (!is_usual(m) || x_shift != 0) return add_i32_ref(x, x_shift, y, y_lift, m, n);
#pragma GCC unroll 2
  for (size_t i = 0; i < n; ++i) {
    x[i] += usually_scaled(static_cast<int32_t>(static_cast<uint32_t>(y[i]) << y_lift), m);
  }
}

void silu_mul_i32_scalar(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n) {
  if (!is_usual(to_q16)) return silu_mul_i32_ref(gate, up, to_q16, n);
  for (size_t i = 0; i < n; ++i) gate[i] = gated(usually_scaled(gate[i], to_q16), up[i]);
}

void logits_i32_scalar(float* out, const int32_t* x, Multiplier to_q16, size_t n) {
  if (!is_usual(to_q16)) return logits_i32_ref(out, x, to_q16, n);
    // f32_from_q16, by a floating-point unit where there is one
#pragma GCC unroll 2
  for (size_t i = 0; i < n; ++i) {
    const int32_t q16 = usually_scaled(x[i], to_q16);
    out[i] = kFloatUnit ? static_cast<float>(q16) * 0x1p-16f : f32_from_q16(q16);
  }
}

}  // namespace thimble
