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

// This thread's buffer of kMaxVector elements; one per type of element.
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
Kernel<&Kernels::matmul_q8> matmul_q8;
Kernel<&Kernels::matmul_q4> matmul_q4;
Kernel<&Kernels::norm_i32> norm_i32;
Kernel<&Kernels::max_abs_i32> max_abs_i32;
Kernel<&Kernels::quantize_i8> quantize_i8;
Kernel<&Kernels::rescale_i8> rescale_i8;
Kernel<&Kernels::add_i32> add_i32;
Kernel<&Kernels::rope_i32> rope_i32;
Kernel<&Kernels::silu_mul_i32> silu_mul_i32;
Kernel<&Kernels::logits_i32> logits_i32;
Kernel<&Kernels::scores_i8> scores_i8;
Kernel<&Kernels::weigh_i8> weigh_i8;
Kernel<&Kernels::mix_i8> mix_i8;

#if defined(THIMBLE_HEAD_KERNELS)
// checked_heads.cpp, for sets that have them.
extern const HeadKernels kHeads;
#endif

}  // namespace thimble::checked
