// Kernels for processors without vectors: the bits of ref/, arranged to cost few instructions.
#pragma once

#include "kernels/kernels.h"

namespace thimble {

// Two sets, always built, so that every machine can test both: one for processors that load a signed byte in one
// instruction (RISC-V, Arm), one for those that do better with pairs of
// them in a word (Xtensa).
extern const Kernels kScalarKernels;
extern const Kernels kScalarPairKernels;

#if defined(__xtensa__)
inline const Kernels& scalar_kernels() { return kScalarPairKernels; }
#else
inline const Kernels& scalar_kernels() { return kScalarKernels; }
#endif

// scalar_matmul.cpp, scalar_attention.cpp, scalar_vectors.cpp. Contracts: kernels.h.
void matmul_q8_scalar(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                      size_t x_stride, int32_t* out, size_t out_stride, size_t batch);
void matmul_q8_scalar_pairs(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
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

}  // namespace thimble
