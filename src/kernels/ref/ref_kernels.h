// The oracle: plain scalar code that reads like the definition, and what other sets use where they have nothing better.
#pragma once

#include "kernels/kernels.h"

namespace thimble {

// ref_kernels.cpp.
Kernel<&Kernels::matmul_f32> matmul_f32_ref;
Kernel<&Kernels::matmul_f16> matmul_f16_ref;
Kernel<&Kernels::rms_norm_f32> rms_norm_f32_ref;
Kernel<&Kernels::rope_f32> rope_f32_ref;
Kernel<&Kernels::softmax_f32> softmax_f32_ref;
Kernel<&Kernels::silu_mul_f32> silu_mul_f32_ref;
Kernel<&Kernels::add_f32> add_f32_ref;
Kernel<&Kernels::find_most_f32> find_most_f32_ref;
Kernel<&Kernels::find_above_f32> find_above_f32_ref;

// ref_integer_kernels.cpp.
Kernel<&Kernels::matmul_q8> matmul_q8_ref;
Kernel<&Kernels::matmul_q4> matmul_q4_ref;
Kernel<&Kernels::norm_i32> norm_i32_ref;
Kernel<&Kernels::max_abs_i32> max_abs_i32_ref;
Kernel<&Kernels::quantize_i8> quantize_i8_ref;
Kernel<&Kernels::rescale_i8> rescale_i8_ref;
Kernel<&Kernels::add_i32> add_i32_ref;
Kernel<&Kernels::rope_i32> rope_i32_ref;
Kernel<&Kernels::silu_mul_i32> silu_mul_i32_ref;
Kernel<&Kernels::logits_i32> logits_i32_ref;
Kernel<&Kernels::scores_i8> scores_i8_ref;
Kernel<&Kernels::weigh_i8> weigh_i8_ref;
Kernel<&Kernels::mix_i8> mix_i8_ref;

#if defined(THIMBLE_HEAD_KERNELS)
// ref_heads.cpp.
extern const HeadKernels kRefHeadKernels;
#endif

inline constexpr Kernels kRefKernels = {
    .name = "ref",
    .matmul_f32 = matmul_f32_ref,
    .matmul_f16 = matmul_f16_ref,
    .rms_norm_f32 = rms_norm_f32_ref,
    .rope_f32 = rope_f32_ref,
    .softmax_f32 = softmax_f32_ref,
    .silu_mul_f32 = silu_mul_f32_ref,
    .add_f32 = add_f32_ref,
    .find_most_f32 = find_most_f32_ref,
    .find_above_f32 = find_above_f32_ref,
    .matmul_q8 = matmul_q8_ref,
    .matmul_q4 = matmul_q4_ref,
    .norm_i32 = norm_i32_ref,
    .max_abs_i32 = max_abs_i32_ref,
    .quantize_i8 = quantize_i8_ref,
    .rescale_i8 = rescale_i8_ref,
    .add_i32 = add_i32_ref,
    .rope_i32 = rope_i32_ref,
    .silu_mul_i32 = silu_mul_i32_ref,
    .logits_i32 = logits_i32_ref,
    .scores_i8 = scores_i8_ref,
    .weigh_i8 = weigh_i8_ref,
    .mix_i8 = mix_i8_ref,
#if defined(THIMBLE_HEAD_KERNELS)
    .heads = &kRefHeadKernels,
#endif
};

}  // namespace thimble
