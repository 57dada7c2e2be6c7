// What the checked kernels share: the set under check, a buffer per thread for the oracle's result, and the verdict.
//
// The oracle must see the inputs that the kernel saw, and most kernels overwrite theirs. There is no heap here, so the
// inputs are copied into the buffer: whole vectors where an output depends on all inputs, pieces otherwise.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/math.h"
#include "kernels/kernels.h"

namespace thimble::checked {

inline constexpr size_t kMaxVector = 65536;  // the largest dim of a model; a softmax over more positions goes unchecked

// This thread's buffer of kMaxVector elements of four bytes; one per type of element.
template <class Element>
Element* copy() {
  thread_local Element buffer[kMaxVector];
  return buffer;
}

const Kernels& inner();
void expect(bool equal, const char* function);

inline bool equal_bits(const float* a, const float* b, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    if (std::bit_cast<uint32_t>(canonical_nan(a[i])) != std::bit_cast<uint32_t>(canonical_nan(b[i]))) return false;
  }
  return true;
}

template <class Integer>
bool equal_bits(const Integer* a, const Integer* b, size_t n) {
  return std::memcmp(a, b, n * sizeof(Integer)) == 0;
}

template <class Element>
void save(const Element* x, size_t n) {
  std::memcpy(copy<Element>(), x, n * sizeof(Element));
}

// Calls piece(first, count) for pieces of 0 .. n - 1 that fit the buffer.
template <class Piece>
void in_pieces(size_t n, Piece piece) {
  for (size_t first = 0; first < n; first += kMaxVector) {
    piece(first, n - first < kMaxVector ? n - first : kMaxVector);
  }
}

// Compares every row and vector of a matrix product with the oracle's. oracle(b, first, count, out) computes rows
// first .. first + count - 1 of vector b.
template <class Element, class Oracle>
void expect_product(const char* function, const Element* out, size_t out_stride, size_t rows, size_t batch,
                    Oracle oracle) {
  bool equal = true;
  for (size_t b = 0; b < batch; ++b) {
    in_pieces(rows, [&](size_t first, size_t count) {
      oracle(b, first, count, copy<Element>());
      equal = equal && equal_bits(copy<Element>(), out + b * out_stride + first, count);
    });
  }
  expect(equal, function);
}

// checked_integer_kernels.cpp
void matmul_q8(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x, size_t x_stride,
               int32_t* out, size_t out_stride, size_t batch);
void matmul_q4(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x, size_t x_stride,
               int32_t* out, size_t out_stride, size_t batch);
uint64_t norm_i32(int32_t* out, const int32_t* x, const int16_t* weight, size_t n);
uint32_t max_abs_i32(const int32_t* x, size_t n);
uint32_t quantize_i8(int8_t* out, const int32_t* x, size_t n, size_t padded);
void rescale_i8(int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m);
void add_i32(int32_t* x, int32_t x_shift, const int32_t* y, int32_t y_lift, Multiplier m, size_t n);
void rope_i32(int32_t* x, const int32_t* cos_sin, size_t n_heads, size_t head_dim);
void silu_mul_i32(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n);
void logits_i32(float* out, const int32_t* x, Multiplier to_q16, size_t n);
void scores_i8(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
               size_t head_dim, size_t length, Multiplier m);
AttentionWeights weigh_i8(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length);
void mix_i8(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim, size_t length,
            int32_t shift);

}  // namespace thimble::checked
