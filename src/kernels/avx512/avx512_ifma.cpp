// The float kernels that are exponentials.

#include "kernels/avx512/avx512_exp.h"
#include "kernels/avx512/avx512_kernels.h"

namespace thimble {

using namespace avx512;

namespace {

THIMBLE_AVX512 __m256 lower(__m512 v) { return _mm512_castps512_ps256(v); }
THIMBLE_AVX512 __m256 upper(__m512 v) { return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1)); }

// ((0+4)+(2+6)) + ((1+5)+(3+7)) in the lowest lane.
THIMBLE_AVX512 __m128 add_tree(__m256 sums) {
  const __m128 halves = _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1));
  const __m128 even_and_odd = _mm_add_ps(halves, _mm_movehl_ps(halves, halves));
  return _mm_add_ss(even_and_odd, _mm_movehdup_ps(even_and_odd));
}

}  // namespace

void softmax_f32_avx512ifma(float* x, size_t n, float scale) {
  // max takes its second operand where one is NaN; whichever it takes, all of x becomes NaN.
  __m512 most = _mm512_set1_ps(x[0]);
  for_each_16(
      n, [&](size_t i, __mmask16 there) __attribute__((always_inline)) {
        most = _mm512_mask_max_ps(most, there, _mm512_maskz_loadu_ps(there, x + i), most);
      });
  const __m256 eight = _mm256_max_ps(lower(most), upper(most));
  __m128 half = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  half = _mm_max_ps(half, _mm_movehl_ps(half, half));
  half = _mm_max_ps(half, _mm_movehdup_ps(half));
  const __m512 max = _mm512_broadcastss_ps(half);
  const __m512 factor = _mm512_set1_ps(scale);
  const Exp<Sign::kNegative> exp;
  __m256 sums = _mm256_setzero_ps();
  for_each_16(
      n, [&](size_t i, __mmask16 there) __attribute__((always_inline)) {
        const __m512 distance = _mm512_sub_ps(_mm512_maskz_loadu_ps(there, x + i), max);
        const __m512 e = _mm512_maskz_mov_ps(there, exp(_mm512_mul_ps(factor, distance)));
        sums = _mm256_add_ps(_mm256_add_ps(sums, lower(e)), upper(e));
        _mm512_mask_storeu_ps(x + i, there, e);
      });
  // Correctly rounded by definition, so the processor's own will do.
  const __m512 inverse = _mm512_div_ps(_mm512_set1_ps(1.0f), _mm512_broadcastss_ps(add_tree(sums)));
  for_each_16(
      n, [&](size_t i, __mmask16 there) __attribute__((always_inline)) {
        _mm512_mask_storeu_ps(x + i, there, _mm512_mul_ps(_mm512_maskz_loadu_ps(there, x + i), inverse));
      });
}

void silu_mul_f32_avx512ifma(float* gate, const float* up, size_t n) {
  const __m512 sign = _mm512_set1_ps(-0.0f);
  const Exp<Sign::kAny> exp;
  const __m512 lowest = _mm512_set1_ps(-88.7228317f);  // the last whose exp(-x) is finite
  for_each_16(
      n, [&](size_t i, __mmask16 there) __attribute__((always_inline)) {
        const __m512 x = _mm512_maskz_loadu_ps(there, gate + i);
        const __mmask16 below = _mm512_cmp_ps_mask(x, lowest, _CMP_LT_OQ);
        const __m512 minus_x = _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(x), _mm512_castps_si512(sign)));
        const __m512 denominator = _mm512_add_ps(_mm512_set1_ps(1.0f), exp(minus_x));
        const __m512 silu = _mm512_mask_mov_ps(_mm512_div_ps(x, denominator), below, sign);
        _mm512_mask_storeu_ps(gate + i, there, _mm512_mul_ps(silu, _mm512_maskz_loadu_ps(there, up + i)));
      });
}

}  // namespace thimble
