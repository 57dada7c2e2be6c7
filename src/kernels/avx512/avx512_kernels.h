// Kernels for x86-64 with AVX-512 VNNI: products of bytes, attention, and what 16 lanes make quicker; the rest is
// avx2's.
#pragma once

#include "kernels/avx2/avx2_kernels.h"

namespace thimble {

// avx512_floats.cpp.
Kernel<&Kernels::matmul_f32> matmul_f32_avx512;
std::remove_pointer_t<decltype(HeadKernels::attend_f32)> attend_f32_avx512;
// attend_f32() of the h-th of the queries alone, with this softmax.
void attend_head_avx512(const FloatQueries& queries, size_t h, const FloatCache& cache, size_t length, float scale,
                        float* weights, Kernel<&Kernels::softmax_f32> softmax);

// avx512_ifma.cpp, for processors that have IFMA, too.
Kernel<&Kernels::softmax_f32> softmax_f32_avx512ifma;
Kernel<&Kernels::silu_mul_f32> silu_mul_f32_avx512ifma;
std::remove_pointer_t<decltype(HeadKernels::attend_f32)> attend_f32_avx512ifma;  // avx512_ifma_heads.cpp

// avx512_q8_products.cpp and avx512_q4_products.cpp.
Kernel<&Kernels::matmul_q8> matmul_q8_avx512;
Kernel<&Kernels::matmul_q4> matmul_q4_avx512;

// avx512_attention.cpp.
Kernel<&Kernels::scores_i8> scores_i8_avx512;
Kernel<&Kernels::weigh_i8> weigh_i8_avx512;
Kernel<&Kernels::mix_i8> mix_i8_avx512;
std::remove_pointer_t<decltype(HeadKernels::attend)> attend_avx512;

// avx512_heads.cpp.
extern const HeadKernels kAvx512HeadKernels;
extern const HeadKernels kAvx512IfmaHeadKernels;

// avx512_integers.cpp.
Kernel<&Kernels::quantize_i8> quantize_i8_avx512;
Kernel<&Kernels::rescale_i8> rescale_i8_avx512;
Kernel<&Kernels::silu_mul_i32> silu_mul_i32_avx512;

inline constexpr Kernels kAvx512Kernels = [] {
  Kernels set = kAvx2Kernels;
  set.name = "avx512";
  set.matmul_f32 = matmul_f32_avx512;
  set.matmul_q8 = matmul_q8_avx512;
  set.matmul_q4 = matmul_q4_avx512;
  set.quantize_i8 = quantize_i8_avx512;
  set.rescale_i8 = rescale_i8_avx512;
  set.silu_mul_i32 = silu_mul_i32_avx512;
  set.scores_i8 = scores_i8_avx512;
  set.weigh_i8 = weigh_i8_avx512;
  set.mix_i8 = mix_i8_avx512;
#if defined(THIMBLE_HEAD_KERNELS)
  set.heads = &kAvx512HeadKernels;
#endif
  return set;
}();

inline constexpr Kernels kAvx512IfmaKernels = [] {
  Kernels set = kAvx512Kernels;
  set.name = "avx512ifma";
  set.softmax_f32 = softmax_f32_avx512ifma;
  set.silu_mul_f32 = silu_mul_f32_avx512ifma;
#if defined(THIMBLE_HEAD_KERNELS)
  set.heads = &kAvx512IfmaHeadKernels;
#endif
  return set;
}();

}  // namespace thimble
