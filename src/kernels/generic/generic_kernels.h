// The portable kernels: the bits of ref/, arranged so that a compiler can use the machine's vectors.
#pragma once

#include "kernels/kernels.h"

namespace thimble {

extern const Kernels kGenericKernels;

// generic_kernels.cpp. Contracts: kernels.h.
void matmul_f32_generic(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                        size_t rows, size_t cols, size_t batch);
void matmul_f16_generic(const uint16_t* w, size_t w_stride, const float* x, size_t x_stride, float* out,
                        size_t out_stride, size_t rows, size_t cols, size_t batch);

// generic_integer_kernels.cpp.
void matmul_q8_generic(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                       size_t x_stride, int32_t* out, size_t out_stride, size_t batch);
void matmul_q4_generic(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                       size_t x_stride, int32_t* out, size_t out_stride, size_t batch);
void scores_i8_generic(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                       size_t head_dim, size_t length, Multiplier m);
AttentionWeights weigh_i8_generic(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length);
void silu_mul_i32_generic(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n);
void logits_i32_generic(float* out, const int32_t* x, Multiplier to_q16, size_t n);
void mix_i8_generic(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                    size_t length, int32_t shift);

}  // namespace thimble
