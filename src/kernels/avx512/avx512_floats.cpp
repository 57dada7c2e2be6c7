// Exponentials, and products with short rows, sixteen at a time; longer rows are avx2's, whose registers are the eight
// lanes of a sum.

#include "base/math.h"
#include "kernels/avx512/avx512_kernels.h"
#include "kernels/avx512/avx512_vectors.h"

namespace thimble {

using namespace avx512;

namespace {

constexpr __mmask16 kOdd = 0xaaaa;

THIMBLE_AVX512 __m512i constant(uint32_t c) { return _mm512_set1_epi32(static_cast<int>(c)); }
THIMBLE_AVX512 __m512i odd(__m512i v) { return _mm512_srli_epi64(v, 32); }

// The upper words of lanes of 64 bits: those of `even`, and those of `odd_ones` between them.
THIMBLE_AVX512 __m512i upper_words(__m512i even, __m512i odd_ones) {
  return _mm512_mask_mov_epi32(odd(even), kOdd, odd_ones);
}

// |x| log2(e) with 32 fraction bits in lanes of 64 bits. The mantissa with its leading one in bit 31 is the lower word
// of a lane, as is the shift; docs/NUMERICS.md, "exp", has the constants.
THIMBLE_AVX512 __m512i octaves_of(__m512i mantissa, __m512i shift) {
  const __m512i low = odd(_mm512_mul_epu32(mantissa, constant(0x5c17f0bc)));
  const __m512i product = _mm512_add_epi64(_mm512_mul_epu32(mantissa, constant(0xb8aa3b29)), low);
  return _mm512_srlv_epi64(product, shift);
}

// f * (2^f - 1) / f of the lower words f, with 64 fraction bits.
THIMBLE_AVX512 __m512i exp2_less_1(__m512i f) {
  __m512i q = constant(0x00015bd3);
  for (const uint32_t c : {0x00099317u, 0x0057bf1au, 0x02763464u, 0x0e3589f8u, 0x3d7f7ba6u, 0xb17217f9u}) {
    q = _mm512_add_epi32(constant(c), odd(_mm512_mul_epu32(f, q)));
  }
  return _mm512_mul_epu32(f, q);
}

enum class Sign { kAny, kNegative };  // kNegative: or 0, or NaN

// exp_f32() of sixteen.
template <Sign kSign>
THIMBLE_AVX512 __m512 exp(__m512 x) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i magnitude = _mm512_and_si512(bits, constant(0x7fffffff));
  constexpr int kAndOr = 0xea;  // (a & b) | c
  const __m512i with_one = _mm512_ternarylogic_epi32(magnitude, constant(0x007fffff), constant(0x00800000), kAndOr);
  const __m512i mantissa = _mm512_slli_epi32(with_one, 8);
  const __m512i shift = _mm512_sub_epi32(constant(157), _mm512_srli_epi32(magnitude, 23));
  const __m512i even_shift = _mm512_and_si512(shift, _mm512_set1_epi64(0xffffffff));
  const __m512i zero = _mm512_setzero_si512();
  __m512i y_even = octaves_of(mantissa, even_shift);
  __m512i y_odd = octaves_of(odd(mantissa), odd(shift));
  if constexpr (kSign == Sign::kNegative) {
    y_even = _mm512_sub_epi64(zero, y_even);
    y_odd = _mm512_sub_epi64(zero, y_odd);
  } else {
    const __mmask8 even_negative = _mm512_test_epi64_mask(bits, _mm512_set1_epi64(0x80000000));
    y_even = _mm512_mask_sub_epi64(y_even, even_negative, zero, y_even);
    y_odd = _mm512_mask_sub_epi64(y_odd, _mm512_cmplt_epi64_mask(bits, zero), zero, y_odd);
  }
  const __m512i q = upper_words(exp2_less_1(y_even), exp2_less_1(y_odd));
  const __m512i one = constant(1);
  const __m512i fraction = _mm512_srli_epi32(_mm512_add_epi32(_mm512_srli_epi32(q, 8), one), 1);
  const __m512i exponent = _mm512_slli_epi32(_mm512_add_epi32(upper_words(y_even, y_odd), constant(127)), 23);
  __m512i result = _mm512_add_epi32(exponent, fraction);

  const auto above = [&](uint32_t limit) __attribute__((always_inline)) {
    return _mm512_cmpgt_epi32_mask(magnitude, constant(limit));
  };
  const auto choose = [&](__mmask16 where, uint32_t value) __attribute__((always_inline)) {
    result = _mm512_mask_mov_epi32(result, where, constant(value));
  };
  choose(static_cast<__mmask16>(~above(0x327fffff)), 0x3f800000);  // |x| < 2^-26: 1
  if constexpr (kSign == Sign::kNegative) {
    choose(above(0x42aeac4f), 0);  // x < -87.3365402
  } else {
    const __mmask16 negative = _mm512_cmplt_epi32_mask(bits, zero);
    choose(above(0x42aeac4f) & negative, 0);
    choose(static_cast<__mmask16>(above(0x42b17217) & ~negative), 0x7f800000);  // x > 88.7228317
  }
  choose(above(0x7f800000), kCanonicalNan);
  return _mm512_castsi512_ps(result);
}

THIMBLE_AVX512 __m256 lower(__m512 v) { return _mm512_castps512_ps256(v); }
THIMBLE_AVX512 __m256 upper(__m512 v) { return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1)); }

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

// Dot products of rows of eight that follow each other: keys of short heads.
THIMBLE_AVX512 void multiply_rows_of_8(const float* w, const float* x, float* out, size_t rows) {
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

void softmax_f32_avx512(float* x, size_t n, float scale) {
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
  __m256 sums = _mm256_setzero_ps();
  for_each_16(
      n, [&](size_t i, __mmask16 there) __attribute__((always_inline)) {
        const __m512 distance = _mm512_sub_ps(_mm512_maskz_loadu_ps(there, x + i), max);
        const __m512 e = _mm512_maskz_mov_ps(there, exp<Sign::kNegative>(_mm512_mul_ps(factor, distance)));
        sums = _mm256_add_ps(_mm256_add_ps(sums, lower(e)), upper(e));
        _mm512_mask_storeu_ps(x + i, there, e);
      });
  float lanes[kLanes];
  _mm256_storeu_ps(lanes, sums);
  // Correctly rounded by definition, so the processor's own will do.
  const __m512 inverse = _mm512_div_ps(_mm512_set1_ps(1.0f), _mm512_set1_ps(add_lanes(lanes)));
  for_each_16(
      n, [&](size_t i, __mmask16 there) __attribute__((always_inline)) {
        _mm512_mask_storeu_ps(x + i, there, _mm512_mul_ps(_mm512_maskz_loadu_ps(there, x + i), inverse));
      });
}

void silu_mul_f32_avx512(float* gate, const float* up, size_t n) {
  const __m512 sign = _mm512_set1_ps(-0.0f);
  const __m512 lowest = _mm512_set1_ps(-88.7228317f);  // the last whose exp(-x) is finite
  for_each_16(
      n, [&](size_t i, __mmask16 there) __attribute__((always_inline)) {
        const __m512 x = _mm512_maskz_loadu_ps(there, gate + i);
        const __mmask16 below = _mm512_cmp_ps_mask(x, lowest, _CMP_LT_OQ);
        const __m512 minus_x = _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(x), _mm512_castps_si512(sign)));
        const __m512 denominator = _mm512_add_ps(_mm512_set1_ps(1.0f), exp<Sign::kAny>(minus_x));
        const __m512 silu = _mm512_mask_mov_ps(_mm512_div_ps(x, denominator), below, sign);
        _mm512_mask_storeu_ps(gate + i, there, _mm512_mul_ps(silu, _mm512_maskz_loadu_ps(there, up + i)));
      });
}

}  // namespace thimble
