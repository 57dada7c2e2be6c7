// Dot products of bytes with SDOT. This file alone is compiled for more than the baseline.

#include "kernels/neon/neon_dots.h"
#include "kernels/neon/neon_kernels.h"

namespace thimble {
namespace {

struct FourAtOnce {
  THIMBLE_NEON static int32x4_t add(int32x4_t sum, int8x16_t w, int8x16_t x) { return vdotq_s32(sum, w, x); }
  THIMBLE_NEON static int32x4_t add_groups(int32x4_t sum, int8x16_t low, int8x16_t x_low, int32_t low_scale,
                                           int8x16_t high, int8x16_t x_high, int32_t high_scale) {
    const int32x4_t zero = vdupq_n_s32(0);
    return vmlaq_n_s32(vmlaq_n_s32(sum, vdotq_s32(zero, low, x_low), low_scale), vdotq_s32(zero, high, x_high),
                       high_scale);
  }
};

}  // namespace

void matmul_q8_neon_dot(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                        size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  neon::matmul_q8<FourAtOnce>(panels, cols, first_row, rows, {x, x_stride}, out, out_stride, batch);
}

void matmul_q4_neon_dot(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                        size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  neon::matmul_q4<FourAtOnce>(panels, cols, first_row, rows, {x, x_stride}, out, out_stride, batch);
}

void scores_i8_neon_dot(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                        size_t /*head_dim*/, size_t length, Multiplier m) {
  neon::scores_i8<FourAtOnce>(y, keys, key_stride, codes, q, length, m);
}

}  // namespace thimble
