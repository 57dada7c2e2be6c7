// The functions of the oracle, for kernel sets that have nothing better for one of them. Contracts: kernels.h.
#pragma once

#include "kernels/kernels.h"

namespace thimble {

void matmul_f32_ref(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                    size_t rows, size_t cols, size_t batch);
void rms_norm_f32_ref(float* out, const float* x, const float* weight, size_t n, float eps);
void rope_f32_ref(float* x, const float* cos_sin, size_t n_heads, size_t head_dim);
void softmax_f32_ref(float* x, size_t n, float scale);
void silu_mul_f32_ref(float* gate, const float* up, size_t n);
void add_f32_ref(float* x, const float* y, size_t n);

}  // namespace thimble
