// Products with rows of eight floats, sixteen at a time; longer rows are avx2's, whose registers are the eight lanes of
// a sum.

#include "base/math.h"
#include "kernels/avx512/avx512_kernels.h"
#include "kernels/avx512/avx512_vectors.h"

namespace thimble {

using namespace avx512;

namespace {

// Dot products of rows of eight that follow each other: keys of short heads. (Not inlined, so that the way to avx2's
// products is a jump.)
[[gnu::noinline]] void multiply_rows_of_8(const float* w, const float* x, float* out, size_t rows) {
  const __m512 twice = _mm512_castpd_ps(_mm512_broadcast_f64x4(_mm256_castps_pd(_mm256_loadu_ps(x))));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  for_each_16(
      rows, [&](size_t r, __mmask16 there) __attribute__((always_inline)) {
        __m512 sums[8];
        for (size_t k = 0; k < 8; ++k) {
          // a mask of 64 bits has a bit for every half of a row
          const auto halves =
              static_cast<__mmask8>((there >> (2 * k) & 1 ? 0x0f : 0) | (there >> (2 * k + 1) & 1 ? 0xf0 : 0));
          const __m512d pair = _mm512_maskz_loadu_pd(halves, w + (r + 2 * k) * 8);
          sums[k] = _mm512_mul_ps(_mm512_castpd_ps(pair), twice);
        }
        // Lanes begin with +0, so that none is -0; adding it to the sum does as well.
        _mm512_mask_storeu_ps(out + r, there, _mm512_add_ps(add_trees(sums, order), _mm512_setzero_ps()));
      });
}

}  // namespace

void matmul_f32_avx512(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                       size_t rows, size_t cols, size_t batch) {
  if (cols == kLanes && w_stride == kLanes && batch == 1) return multiply_rows_of_8(w, x, out, rows);
  matmul_f32_avx2(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
}

void attend_head_avx512(const FloatQueries& queries, size_t h, const FloatCache& cache, size_t length, float scale,
                        float* weights, Kernel<&Kernels::softmax_f32> softmax) {
  const size_t head_dim = cache.head_dim;
  const size_t first = (queries.first_head + h) / queries.heads_per_kv * cache.positions;
  float* x = queries.x + h * head_dim;
  const float* keys = cache.keys + first * cache.key_stride;
  matmul_f32_avx512(keys, cache.key_stride, x, head_dim, weights, length, length, head_dim, 1);
  softmax(weights, length, scale);
  const float* values = cache.values + first * head_dim;
  matmul_f32_avx512(values, cache.positions, weights, length, x, head_dim, head_dim, length, 1);
}

// Without IFMA, exponentials take most of the time, and pairs of heads gain little.
void attend_f32_avx512(const FloatQueries& queries, const FloatCache& cache, size_t length, float scale,
                       float* weights) {
  for (size_t h = 0; h < queries.n_heads; ++h) {
    attend_head_avx512(queries, h, cache, length, scale, weights, softmax_f32_avx2);
  }
}

}  // namespace thimble
