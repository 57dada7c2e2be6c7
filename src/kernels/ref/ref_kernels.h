// The functions of the oracle, for kernel sets that have nothing better for one of them. Contracts: kernels.h.
#pragma once

#include "kernels/kernels.h"

namespace thimble {

void matmul_f32_ref(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                    size_t rows, size_t cols, size_t batch);
void matmul_f16_ref(const uint16_t* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                    size_t rows, size_t cols, size_t batch);
void rms_norm_f32_ref(float* out, const float* x, const float* weight, size_t n, float eps);
void rope_f32_ref(float* x, const float* cos_sin, size_t n_heads, size_t head_dim);
void softmax_f32_ref(float* x, size_t n, float scale);
void silu_mul_f32_ref(float* gate, const float* up, size_t n);
void add_f32_ref(float* x, const float* y, size_t n);

void matmul_q8_ref(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                   size_t x_stride, int32_t* out, size_t out_stride, size_t batch);
void matmul_q4_ref(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                   size_t x_stride, int32_t* out, size_t out_stride, size_t batch);
uint64_t norm_i32_ref(int32_t* out, const int32_t* x, const int16_t* weight, size_t n);
uint32_t max_abs_i32_ref(const int32_t* x, size_t n);
uint32_t quantize_i8_ref(int8_t* out, const int32_t* x, size_t n, size_t padded);
void rescale_i8_ref(int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m);
void add_i32_ref(int32_t* x, int32_t x_shift, const int32_t* y, int32_t y_lift, Multiplier m, size_t n);
void rope_i32_ref(int32_t* x, const int32_t* cos_sin, size_t n_heads, size_t head_dim);
void silu_mul_i32_ref(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n);
void logits_i32_ref(float* out, const int32_t* x, Multiplier to_q16, size_t n);
void scores_i8_ref(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                   size_t head_dim, size_t length, Multiplier m);
AttentionWeights weigh_i8_ref(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length);
void mix_i8_ref(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                size_t length, int32_t shift);

}  // namespace thimble
