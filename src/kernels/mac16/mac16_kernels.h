// The scalar set with products by MAC16, an option of Xtensa that ESP32 and ESP32-S3 have.
#pragma once

#include "kernels/scalar/scalar_kernels.h"

namespace thimble {

// mac16_kernels.cpp.
Kernel<&Kernels::matmul_q8> matmul_q8_mac16;
Kernel<&Kernels::scores_i8> scores_i8_mac16;
Kernel<&Kernels::mix_i8> mix_i8_mac16;

inline constexpr Kernels kMac16Kernels = [] {
  Kernels set = kScalarKernels;
  set.name = "mac16";
  set.matmul_q8 = matmul_q8_mac16;
  set.scores_i8 = scores_i8_mac16;
  set.mix_i8 = mix_i8_mac16;
  return set;
}();

}  // namespace thimble
