// Kernels for processors without vectors: the bits of ref/, arranged to cost few instructions.
#pragma once

#include "kernels/generic/generic_kernels.h"

namespace thimble {

// scalar_matmul.cpp.
Kernel<&Kernels::matmul_q8> matmul_q8_scalar;
Kernel<&Kernels::matmul_q4> matmul_q4_scalar;

// scalar_vectors.cpp.
Kernel<&Kernels::norm_i32> norm_i32_scalar;
Kernel<&Kernels::max_abs_i32> max_abs_i32_scalar;
Kernel<&Kernels::quantize_i8> quantize_i8_scalar;
Kernel<&Kernels::rescale_i8> rescale_i8_scalar;
Kernel<&Kernels::add_i32> add_i32_scalar;
Kernel<&Kernels::silu_mul_i32> silu_mul_i32_scalar;
Kernel<&Kernels::logits_i32> logits_i32_scalar;

// scalar_attention.cpp.
Kernel<&Kernels::scores_i8> scores_i8_scalar;
Kernel<&Kernels::weigh_i8> weigh_i8_scalar;
Kernel<&Kernels::mix_i8> mix_i8_scalar;

// Floats as in the generic set.
inline constexpr Kernels kScalarKernels = [] {
  Kernels set = kGenericKernels;
  set.name = "scalar";
  set.matmul_q8 = matmul_q8_scalar;
  set.matmul_q4 = matmul_q4_scalar;
  set.norm_i32 = norm_i32_scalar;
  set.max_abs_i32 = max_abs_i32_scalar;
  set.quantize_i8 = quantize_i8_scalar;
  set.rescale_i8 = rescale_i8_scalar;
  set.add_i32 = add_i32_scalar;
  set.silu_mul_i32 = silu_mul_i32_scalar;
  set.logits_i32 = logits_i32_scalar;
  set.scores_i8 = scores_i8_scalar;
  set.weigh_i8 = weigh_i8_scalar;
  set.mix_i8 = mix_i8_scalar;
  return set;
}();

}  // namespace thimble
