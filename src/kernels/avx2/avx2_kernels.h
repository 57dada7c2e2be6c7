// Kernels for x86-64 with AVX2 and F16C.
#pragma once

#include "kernels/generic/generic_kernels.h"

namespace thimble {

// avx2_floats.cpp.
Kernel<&Kernels::matmul_f32> matmul_f32_avx2;
Kernel<&Kernels::matmul_f16> matmul_f16_avx2;
Kernel<&Kernels::rms_norm_f32> rms_norm_f32_avx2;
Kernel<&Kernels::rope_f32> rope_f32_avx2;
Kernel<&Kernels::softmax_f32> softmax_f32_avx2;
Kernel<&Kernels::silu_mul_f32> silu_mul_f32_avx2;
Kernel<&Kernels::add_f32> add_f32_avx2;

// avx2_products.cpp.
Kernel<&Kernels::matmul_q8> matmul_q8_avx2;
Kernel<&Kernels::matmul_q4> matmul_q4_avx2;

// avx2_integers.cpp.
Kernel<&Kernels::norm_i32> norm_i32_avx2;
Kernel<&Kernels::max_abs_i32> max_abs_i32_avx2;
Kernel<&Kernels::quantize_i8> quantize_i8_avx2;
Kernel<&Kernels::rescale_i8> rescale_i8_avx2;
Kernel<&Kernels::add_i32> add_i32_avx2;
Kernel<&Kernels::rope_i32> rope_i32_avx2;
Kernel<&Kernels::silu_mul_i32> silu_mul_i32_avx2;
Kernel<&Kernels::logits_i32> logits_i32_avx2;

// avx2_attention.cpp.
Kernel<&Kernels::scores_i8> scores_i8_avx2;
Kernel<&Kernels::weigh_i8> weigh_i8_avx2;
Kernel<&Kernels::mix_i8> mix_i8_avx2;

inline constexpr Kernels kAvx2Kernels = {
    .name = "avx2",
    .matmul_f32 = matmul_f32_avx2,
    .matmul_f16 = matmul_f16_avx2,
    .rms_norm_f32 = rms_norm_f32_avx2,
    .rope_f32 = rope_f32_avx2,
    .softmax_f32 = softmax_f32_avx2,
    .silu_mul_f32 = silu_mul_f32_avx2,
    .add_f32 = add_f32_avx2,
    .find_most_f32 = find_most_f32_ref,
    .find_above_f32 = find_above_f32_ref,
    .matmul_q8 = matmul_q8_avx2,
    .matmul_q4 = matmul_q4_avx2,
    .norm_i32 = norm_i32_avx2,
    .max_abs_i32 = max_abs_i32_avx2,
    .quantize_i8 = quantize_i8_avx2,
    .rescale_i8 = rescale_i8_avx2,
    .add_i32 = add_i32_avx2,
    .rope_i32 = rope_i32_avx2,
    .silu_mul_i32 = silu_mul_i32_avx2,
    .logits_i32 = logits_i32_avx2,
    .scores_i8 = scores_i8_avx2,
    .weigh_i8 = weigh_i8_avx2,
    .mix_i8 = mix_i8_avx2,
};

}  // namespace thimble
