// Dot products of bytes with what every AArch64 processor has.

#include "kernels/neon/neon_dots.h"
#include "kernels/neon/neon_kernels.h"

namespace thimble {

using neon::PlainDot;

void matmul_q8_neon(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                    size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  neon::matmul_q8<PlainDot>(panels, cols, first_row, rows, {x, x_stride}, out, out_stride, batch);
}

void matmul_q4_neon(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                    size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  neon::matmul_q4<PlainDot>(panels, cols, first_row, rows, {x, x_stride}, out, out_stride, batch);
}

void scores_i8_neon(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                    size_t /*head_dim*/, size_t length, Multiplier m) {
  neon::scores_i8<PlainDot>(y, keys, key_stride, codes, q, length, m);
}

}  // namespace thimble
