// Products with rows of eight floats, sixteen at a time; longer rows are avx2's, whose registers are the eight lanes of
// a sum.

#include "base/math.h"
#include "kernels/avx512/avx512_kernels.h"
#include "kernels/avx512/avx512_vectors.h"

namespace thimble {

using namespace avx512;

namespace {

// The trees of sixteen sums, two of eight lanes to a register: ((0+4)+(2+6)) + ((1+5)+(3+7)). Lane r: sum r.
THIMBLE_AVX512 __m512 add_trees(const __m512 (&sums)[8]) {
  __m512 halves[4];  // sums 4k .. 4k + 3, a quarter each: lanes 0+4, 1+5, 2+6, 3+7
  for (size_t k = 0; k < 4; ++k) {
    const __m512 a = sums[2 * k], b = sums[2 * k + 1];
    halves[k] = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
  }
  const auto even_and_odd = [](__m512 a, __m512 b) __attribute__((always_inline)) {
    const __m512d x = _mm512_castps_pd(a);
    const __m512d y = _mm512_castps_pd(b);
    return _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(x, y)), _mm512_castpd_ps(_mm512_unpackhi_pd(x, y)));
  };
  const __m512 low = even_and_odd(halves[0], halves[1]);
  const __m512 high = even_and_odd(halves[2], halves[3]);
  // quarter j: sums j, 4 + j, 8 + j, 12 + j
  const __m512 mixed = _mm512_add_ps(_mm512_shuffle_ps(low, high, 0x88), _mm512_shuffle_ps(low, high, 0xdd));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_ps(order, mixed);
}

// Dot products of rows of eight that follow each other: keys of short heads. (Not inlined, so that the way to avx2's
// products is a jump.)
[[gnu::noinline]] void multiply_rows_of_8(const float* w, const float* x, float* out, size_t rows) {
  const __m512 twice = _mm512_castpd_ps(_mm512_broadcast_f64x4(_mm256_castps_pd(_mm256_loadu_ps(x))));
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
        _mm512_mask_storeu_ps(out + r, there, _mm512_add_ps(add_trees(sums), _mm512_setzero_ps()));
      });
}

}  // namespace

void matmul_f32_avx512(const float* w, size_t w_stride, const float* x, size_t x_stride, float* out, size_t out_stride,
                       size_t rows, size_t cols, size_t batch) {
  if (cols == kLanes && w_stride == kLanes && batch == 1) return multiply_rows_of_8(w, x, out, rows);
  matmul_f32_avx2(w, w_stride, x, x_stride, out, out_stride, rows, cols, batch);
}

}  // namespace thimble
