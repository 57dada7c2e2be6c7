// Strategy: decoding is bound by reading weights, so a tile of rows and batch vectors loads each weight once and each
// input once per row of the tile. The eight lanes of a sum become two vectors of four (GCC's and clang's portable
// vector types), which every compiler keeps in registers; writing the lanes as a plain array instead leaves them in
// memory with gcc 12. Adding lane by lane in order of i is what ref/ does, so the bits agree by construction.
// The kernels that grow with dim only are ref's own.

#include "kernels/generic/generic_kernels.h"

#include <cstring>

#include "base/math.h"
#include "kernels/ref/ref_kernels.h"

namespace thimble {
namespace {

using Vec4 = float __attribute__((vector_size(16)));
constexpr size_t kHalf = kLanes / 2;

Vec4 load4(const float* p) {
  Vec4 v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// One tile: kRows rows times kBatch vectors.
template <size_t kRows, size_t kBatch>
void tile(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
          size_t cols) {
  Vec4 low[kRows][kBatch] = {};
  Vec4 high[kRows][kBatch] = {};
  const size_t whole = cols - cols % kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t b = 0; b < kBatch; ++b) {
      const Vec4 x_low = load4(x + b * x_stride + i);
      const Vec4 x_high = load4(x + b * x_stride + i + kHalf);
      for (size_t r = 0; r < kRows; ++r) {
        low[r][b] += load4(w + r * w_stride + i) * x_low;
        high[r][b] += load4(w + r * w_stride + i + kHalf) * x_high;
      }
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t b = 0; b < kBatch; ++b) {
      float lanes[kLanes];
      std::memcpy(lanes, &low[r][b], sizeof(Vec4));
      std::memcpy(lanes + kHalf, &high[r][b], sizeof(Vec4));
      for (size_t i = whole; i < cols; ++i) lanes[i - whole] += w[r * w_stride + i] * x[b * x_stride + i];
      out[b * out_stride + r] = add_lanes(lanes);
    }
  }
}

// All rows for kBatch vectors: tiles of kRows rows, then single rows.
template <size_t kRows, size_t kBatch>
void strip(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
           size_t rows, size_t cols) {
  size_t r = 0;
  for (; r + kRows <= rows; r += kRows) {
    tile<kRows, kBatch>(w + r * w_stride, w_stride, x, x_stride, out + r, out_stride, cols);
  }
  for (; r < rows; ++r) tile<1, kBatch>(w + r * w_stride, w_stride, x, x_stride, out + r, out_stride, cols);
}

// Tiles of 4 x 1 and 2 x 2 use 8 accumulators of the 16 vector registers that x86-64 has without AVX-512.
void matmul_f32_generic(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out,
                        size_t out_stride, size_t rows, size_t cols, size_t batch) {
  // The inner loop runs over rows, so that a strip of weights in the cache serves all vectors of a large batch.
  size_t b = 0;
  for (; b + 2 <= batch; b += 2) {
    strip<2, 2>(w, w_stride, x + b * x_stride, x_stride, out + b * out_stride, out_stride, rows, cols);
  }
  if (b < batch) strip<4, 1>(w, w_stride, x + b * x_stride, x_stride, out + b * out_stride, out_stride, rows, cols);
}

}  // namespace

constinit const Kernels kGenericKernels = {
    "generic",
    matmul_f32_generic,
    rms_norm_f32_ref,
    rope_f32_ref,
    softmax_f32_ref,
    silu_mul_f32_ref,
    add_f32_ref,
};

}  // namespace thimble
