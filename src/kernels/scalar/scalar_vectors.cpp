// Kernels over one vector where the oracle's loop is worth arranging; the others are ref's own.

#include <bit>

#include "base/math.h"
#include "kernels/generic/generic_kernels.h"
#include "kernels/ref/ref_kernels.h"
#include "kernels/scalar/scalar_kernels.h"

namespace thimble {
namespace {

#if defined(__riscv_flen) || defined(__ARM_FP) || defined(__xtensa__) || defined(__SSE2__)
constexpr bool kFloatUnit = true;
#else
constexpr bool kFloatUnit = false;
#endif

constexpr Kernels scalar_set(const char* name, decltype(Kernels::matmul_q8) matmul_q8) {
  return {
      .name = name,
      .matmul_f32 = matmul_f32_generic,
      .matmul_f16 = matmul_f16_generic,
      .rms_norm_f32 = rms_norm_f32_ref,
      .rope_f32 = rope_f32_ref,
      .softmax_f32 = softmax_f32_ref,
      .silu_mul_f32 = silu_mul_f32_ref,
      .add_f32 = add_f32_ref,
      .matmul_q8 = matmul_q8,
      .matmul_q4 = matmul_q4_scalar,
      .norm_i32 = norm_i32_ref,
      .max_abs_i32 = max_abs_i32_scalar,
      .quantize_i8 = quantize_i8_scalar,
      .rescale_i8 = rescale_i8_ref,
      .add_i32 = add_i32_ref,
      .rope_i32 = rope_i32_ref,
      .silu_mul_i32 = silu_mul_i32_generic,
      .logits_i32 = logits_i32_scalar,
      .scores_i8 = scores_i8_scalar,
      .weigh_i8 = weigh_i8_scalar,
      .mix_i8 = mix_i8_scalar,
  };
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

uint32_t quantize_i8_scalar(int8_t* out, const int32_t* x, size_t n, size_t padded) {
  const uint32_t most = max_abs_i32_scalar(x, n);
  if (most == 0) n = 0;
  for (size_t i = n; i < padded; ++i) out[i] = 0;
  if (n == 0) return 0;
  const int32_t lift = std::countl_zero(most) - 1;
  const auto r = static_cast<int32_t>(uint64_t{reciprocal_q31(most << (lift + 1))} * 127 >> 8);
#pragma GCC unroll 4
  for (size_t i = 0; i < n; ++i) {
    const auto lifted = static_cast<int32_t>(static_cast<uint32_t>(x[i]) << lift);
    out[i] = static_cast<int8_t>((mul_high(lifted, r) + (1 << 21)) >> 22);
  }
  return most;
}

void logits_i32_scalar(float* out, const int32_t* x, Multiplier to_q16, size_t n) {
  // f32_from_q16, by a floating-point unit where there is one
  for (size_t i = 0; i < n; ++i) {
    const int32_t q16 = scaled(x[i], to_q16);
    out[i] = kFloatUnit ? static_cast<float>(q16) * 0x1p-16f : f32_from_q16(q16);
  }
}

constinit const Kernels kScalarKernels = scalar_set("scalar", matmul_q8_scalar);
constinit const Kernels kScalarPairKernels = scalar_set("scalar pairs", matmul_q8_scalar_pairs);

}  // namespace thimble
