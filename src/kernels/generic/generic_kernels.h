// The portable kernels: the bits of ref/, arranged so that a compiler can use the machine's vectors.
#pragma once

#include "kernels/ref/ref_kernels.h"

namespace thimble {

// generic_kernels.cpp.
Kernel<&Kernels::matmul_f32> matmul_f32_generic;
Kernel<&Kernels::matmul_f16> matmul_f16_generic;

// generic_integer_kernels.cpp.
Kernel<&Kernels::matmul_q8> matmul_q8_generic;
Kernel<&Kernels::matmul_q4> matmul_q4_generic;
Kernel<&Kernels::silu_mul_i32> silu_mul_i32_generic;
Kernel<&Kernels::logits_i32> logits_i32_generic;
Kernel<&Kernels::scores_i8> scores_i8_generic;
Kernel<&Kernels::weigh_i8> weigh_i8_generic;
Kernel<&Kernels::mix_i8> mix_i8_generic;

inline constexpr Kernels kGenericKernels = [] {
  Kernels set = kRefKernels;
  set.name = "generic";
  set.matmul_f32 = matmul_f32_generic;
  set.matmul_f16 = matmul_f16_generic;
  set.matmul_q8 = matmul_q8_generic;
  set.matmul_q4 = matmul_q4_generic;
  set.silu_mul_i32 = silu_mul_i32_generic;
  set.logits_i32 = logits_i32_generic;
  set.scores_i8 = scores_i8_generic;
  set.weigh_i8 = weigh_i8_generic;
  set.mix_i8 = mix_i8_generic;
#if defined(THIMBLE_HEAD_KERNELS)
  set.heads = nullptr;
#endif
  return set;
}();

}  // namespace thimble
