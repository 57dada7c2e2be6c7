// Kernels for AArch64: with what all of these processors have, and with the dot products of ARMv8.2 (SDOT).
#pragma once

#include "kernels/generic/generic_kernels.h"

namespace thimble {

// neon_floats.cpp.
Kernel<&Kernels::matmul_f32> matmul_f32_neon;
Kernel<&Kernels::matmul_f16> matmul_f16_neon;
Kernel<&Kernels::rms_norm_f32> rms_norm_f32_neon;
Kernel<&Kernels::rope_f32> rope_f32_neon;
Kernel<&Kernels::softmax_f32> softmax_f32_neon;
Kernel<&Kernels::silu_mul_f32> silu_mul_f32_neon;
Kernel<&Kernels::add_f32> add_f32_neon;

// neon_products.cpp.
Kernel<&Kernels::matmul_q8> matmul_q8_neon;
Kernel<&Kernels::matmul_q4> matmul_q4_neon;
Kernel<&Kernels::scores_i8> scores_i8_neon;

// neon_integers.cpp.
Kernel<&Kernels::norm_i32> norm_i32_neon;
Kernel<&Kernels::max_abs_i32> max_abs_i32_neon;
Kernel<&Kernels::quantize_i8> quantize_i8_neon;
Kernel<&Kernels::rescale_i8> rescale_i8_neon;
Kernel<&Kernels::add_i32> add_i32_neon;
Kernel<&Kernels::rope_i32> rope_i32_neon;
Kernel<&Kernels::silu_mul_i32> silu_mul_i32_neon;
Kernel<&Kernels::logits_i32> logits_i32_neon;

// neon_attention.cpp.
Kernel<&Kernels::weigh_i8> weigh_i8_neon;
Kernel<&Kernels::mix_i8> mix_i8_neon;

// neon_dot_products.cpp.
Kernel<&Kernels::matmul_q8> matmul_q8_neon_dot;
Kernel<&Kernels::matmul_q4> matmul_q4_neon_dot;
Kernel<&Kernels::scores_i8> scores_i8_neon_dot;

inline constexpr Kernels kNeonKernels = {
    .name = "neon",
    .matmul_f32 = matmul_f32_neon,
    .matmul_f16 = matmul_f16_neon,
    .rms_norm_f32 = rms_norm_f32_neon,
    .rope_f32 = rope_f32_neon,
    .softmax_f32 = softmax_f32_neon,
    .silu_mul_f32 = silu_mul_f32_neon,
    .add_f32 = add_f32_neon,
    .find_most_f32 = find_most_f32_ref,
    .find_above_f32 = find_above_f32_ref,
    .matmul_q8 = matmul_q8_neon,
    .matmul_q4 = matmul_q4_neon,
    .norm_i32 = norm_i32_neon,
    .max_abs_i32 = max_abs_i32_neon,
    .quantize_i8 = quantize_i8_neon,
    .rescale_i8 = rescale_i8_neon,
    .add_i32 = add_i32_neon,
    .rope_i32 = rope_i32_neon,
    .silu_mul_i32 = silu_mul_i32_neon,
    .logits_i32 = logits_i32_neon,
    .scores_i8 = scores_i8_neon,
    .weigh_i8 = weigh_i8_neon,
    .mix_i8 = mix_i8_neon,
};

inline constexpr Kernels kNeonDotKernels = [] {
  Kernels set = kNeonKernels;
  set.name = "neon_dot";
  set.matmul_q8 = matmul_q8_neon_dot;
  set.matmul_q4 = matmul_q4_neon_dot;
  set.scores_i8 = scores_i8_neon_dot;
  return set;
}();

}  // namespace thimble
