// The set of MAC16 with products and attention by the vector instructions of ESP32-S3 (PIE).
#pragma once

#include "kernels/mac16/mac16_kernels.h"

namespace thimble {

// pie_products.cpp.
Kernel<&Kernels::matmul_q8> matmul_q8_pie;
Kernel<&Kernels::matmul_q4> matmul_q4_pie;

// pie_attention.cpp.
Kernel<&Kernels::max_abs_i32> max_abs_i32_pie;
Kernel<&Kernels::scores_i8> scores_i8_pie;
Kernel<&Kernels::mix_i8> mix_i8_pie;

inline constexpr Kernels kPieKernels = [] {
  Kernels set = kMac16Kernels;
  set.name = "pie";
  set.matmul_q8 = matmul_q8_pie;
  set.matmul_q4 = matmul_q4_pie;
  set.max_abs_i32 = max_abs_i32_pie;
  set.scores_i8 = scores_i8_pie;
  set.mix_i8 = mix_i8_pie;
  return set;
}();

}  // namespace thimble
