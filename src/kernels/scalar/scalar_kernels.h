// Kernels for processors without vectors: the bits of ref/, arranged to cost few instructions.
#pragma once

#include "kernels/generic/generic_kernels.h"
#include "kernels/kernels.h"
#include "kernels/ref/ref_kernels.h"

namespace thimble {

extern const Kernels kScalarKernels;

// scalar_matmul.cpp, scalar_attention.cpp, scalar_vectors.cpp. Contracts: kernels.h.
void matmul_q8_scalar(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                      size_t x_stride, int32_t* out, size_t out_stride, size_t batch);
void matmul_q4_scalar(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                      size_t x_stride, int32_t* out, size_t out_stride, size_t batch);
void scores_i8_scalar(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                      size_t head_dim, size_t length, Multiplier m);
AttentionWeights weigh_i8_scalar(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length);
void mix_i8_scalar(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                   size_t length, int32_t shift);
uint64_t norm_i32_scalar(int32_t* out, const int32_t* x, const int16_t* weight, size_t n);
uint32_t max_abs_i32_scalar(const int32_t* x, size_t n);
uint32_t quantize_i8_scalar(int8_t* out, const int32_t* x, size_t n, size_t padded);
void rescale_i8_scalar(int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m);
void add_i32_scalar(int32_t* x, int32_t x_shift, const int32_t* y, int32_t y_lift, Multiplier m, size_t n);
void silu_mul_i32_scalar(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n);
void logits_i32_scalar(float* out, const int32_t* x, Multiplier to_q16, size_t n);

// The table, with what an instruction set does better in its place.
constexpr Kernels scalar_set(const char* name, decltype(Kernels::matmul_q8) matmul_q8,
                             decltype(Kernels::scores_i8) scores_i8, decltype(Kernels::mix_i8) mix_i8) {
  return {
      .name = name,
      .matmul_f32 = matmul_f32_generic,
      .matmul_f16 = matmul_f16_generic,
      .rms_norm_f32 = rms_norm_f32_ref,
      .rope_f32 = rope_f32_ref,
      .softmax_f32 = softmax_f32_ref,
      .silu_mul_f32 = silu_mul_f32_ref,
      .add_f32 = add_f32_ref,
      .matmul_q8 = matmul_q8,
      .matmul_q4 = matmul_q4_scalar,
      .norm_i32 = norm_i32_scalar,
      .max_abs_i32 = max_abs_i32_scalar,
      .quantize_i8 = quantize_i8_scalar,
      .rescale_i8 = rescale_i8_scalar,
      .add_i32 = add_i32_scalar,
      .rope_i32 = rope_i32_ref,
      .silu_mul_i32 = silu_mul_i32_scalar,
      .logits_i32 = logits_i32_scalar,
      .scores_i8 = scores_i8,
      .weigh_i8 = weigh_i8_scalar,
      .mix_i8 = mix_i8,
  };
}

}  // namespace thimble
