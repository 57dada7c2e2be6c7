// The set of MAC16 with what the integer path takes by assembly for ESP32-S3: its vector instructions (PIE), and its
// upper word of a product.
#pragma once

#include "kernels/mac16/mac16_kernels.h"

namespace thimble {

// pie_products.cpp.
Kernel<&Kernels::matmul_q8> matmul_q8_pie;
Kernel<&Kernels::matmul_q4> matmul_q4_pie;

// pie_integers.cpp.
Kernel<&Kernels::find_most_f32> find_most_f32_pie;
Kernel<&Kernels::find_above_f32> find_above_f32_pie;
Kernel<&Kernels::norm_i32> norm_i32_pie;
Kernel<&Kernels::max_abs_i32> max_abs_i32_pie;
Kernel<&Kernels::quantize_i8> quantize_i8_pie;
Kernel<&Kernels::rescale_i8> rescale_i8_pie;
Kernel<&Kernels::add_i32> add_i32_pie;
Kernel<&Kernels::rope_i32> rope_i32_pie;
Kernel<&Kernels::silu_mul_i32> silu_mul_i32_pie;
Kernel<&Kernels::logits_i32> logits_i32_pie;

// pie_attention.cpp.
Kernel<&Kernels::scores_i8> scores_i8_pie;
Kernel<&Kernels::weigh_i8> weigh_i8_pie;
Kernel<&Kernels::mix_i8> mix_i8_pie;

inline constexpr Kernels kPieKernels = [] {
  Kernels set = kMac16Kernels;
  set.name = "pie";
  set.matmul_q8 = matmul_q8_pie;
  set.matmul_q4 = matmul_q4_pie;
  set.find_most_f32 = find_most_f32_pie;
  set.find_above_f32 = find_above_f32_pie;
  set.norm_i32 = norm_i32_pie;
  set.max_abs_i32 = max_abs_i32_pie;
  set.quantize_i8 = quantize_i8_pie;
  set.rescale_i8 = rescale_i8_pie;
  set.add_i32 = add_i32_pie;
  set.rope_i32 = rope_i32_pie;
  set.silu_mul_i32 = silu_mul_i32_pie;
  set.logits_i32 = logits_i32_pie;
  set.scores_i8 = scores_i8_pie;
  set.weigh_i8 = weigh_i8_pie;
  set.mix_i8 = mix_i8_pie;
  return set;
}();

}  // namespace thimble
