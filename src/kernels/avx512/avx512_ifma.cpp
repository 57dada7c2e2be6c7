// Exponentials sixteen at a time, in lanes of 64 bits. vpmadd52huq adds the upper 52 bits of a product of 52 bits to a
// sum: with one factor shifted left by 20, that is c + high(f, q) of docs/NUMERICS.md, "exp", in one instruction.
// Without it, sixteen are little quicker than avx2's eight.

#include "base/math.h"
#include "kernels/avx512/avx512_kernels.h"
#include "kernels/avx512/avx512_vectors.h"

namespace thimble {

using namespace avx512;

namespace {

constexpr __mmask16 kOdd = 0xaaaa;

THIMBLE_AVX512 __m512i words(uint32_t c) { return _mm512_set1_epi32(static_cast<int>(c)); }
THIMBLE_AVX512 __m512i lanes(uint64_t c) { return _mm512_set1_epi64(static_cast<int64_t>(c)); }
THIMBLE_AVX512 __m512i odd(__m512i v) { return _mm512_srli_epi64(v, 32); }

// c + high(a, b), where either factor comes times 2^20.
THIMBLE_AVX512 __m512i add_high(__m512i c, __m512i a, __m512i b) { return _mm512_madd52hi_epu64(c, a, b); }

// |x| log2(e) with 32 fraction bits. Each lane has the mantissa, its leading one in bit 31, and the shift.
THIMBLE_AVX512 __m512i octaves_of(__m512i mantissa, __m512i shift) {
  const __m512i product = _mm512_mul_epu32(mantissa, words(0xb8aa3b29));
  return _mm512_srlv_epi64(add_high(product, mantissa, lanes(uint64_t{0x5c17f0bc} << 20)), shift);
}

// 2^f - 1 with 32 fraction bits, f being the lower words of y.
THIMBLE_AVX512 __m512i exp2_less_1(__m512i y) {
  const __m512i f = _mm512_slli_epi64(y, 20);  // what stands above 52 bits is not looked at
  __m512i q = lanes(0x00015bd3);
  for (const uint32_t c : {0x00099317u, 0x0057bf1au, 0x02763464u, 0x0e3589f8u, 0x3d7f7ba6u, 0xb17217f9u, 0u}) {
    q = add_high(lanes(c), f, q);
  }
  return q;
}

enum class Sign { kAny, kNegative };  // kNegative: or 0, or NaN

// exp_f32() of sixteen.
template <Sign kSign>
THIMBLE_AVX512 __m512 exp(__m512 x) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i magnitude = _mm512_and_si512(bits, words(0x7fffffff));
  constexpr int kAndOr = 0xea;  // (a & b) | c
  const __m512i with_one = _mm512_ternarylogic_epi32(magnitude, words(0x007fffff), words(0x00800000), kAndOr);
  const __m512i mantissa = _mm512_slli_epi32(with_one, 8);
  const __m512i shift = _mm512_sub_epi32(words(157), _mm512_srli_epi32(magnitude, 23));
  const __m512i zero = _mm512_setzero_si512();
  __m512i y_even =
      octaves_of(_mm512_and_si512(mantissa, lanes(0xffffffff)), _mm512_and_si512(shift, lanes(0xffffffff)));
  __m512i y_odd = octaves_of(odd(mantissa), odd(shift));
  if constexpr (kSign == Sign::kNegative) {
    y_even = _mm512_sub_epi64(zero, y_even);
    y_odd = _mm512_sub_epi64(zero, y_odd);
  } else {
    const __mmask8 even_negative = _mm512_test_epi64_mask(bits, lanes(0x80000000));
    y_even = _mm512_mask_sub_epi64(y_even, even_negative, zero, y_even);
    y_odd = _mm512_mask_sub_epi64(y_odd, _mm512_cmplt_epi64_mask(bits, zero), zero, y_odd);
  }
  const __m512i q = _mm512_mask_mov_epi32(exp2_less_1(y_even), kOdd, _mm512_slli_epi64(exp2_less_1(y_odd), 32));
  const __m512i one = words(1);
  const __m512i fraction = _mm512_srli_epi32(_mm512_add_epi32(_mm512_srli_epi32(q, 8), one), 1);
  const __m512i exponent =
      _mm512_slli_epi32(_mm512_add_epi32(_mm512_mask_mov_epi32(odd(y_even), kOdd, y_odd), words(127)), 23);
  __m512i result = _mm512_add_epi32(exponent, fraction);

  const auto above = [&](uint32_t limit) __attribute__((always_inline)) {
    return _mm512_cmpgt_epi32_mask(magnitude, words(limit));
  };
  const auto choose = [&](__mmask16 where, uint32_t value) __attribute__((always_inline)) {
    result = _mm512_mask_mov_epi32(result, where, words(value));
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
  __m256 sums = _mm256_setzero_ps();
  for_each_16(
      n, [&](size_t i, __mmask16 there) __attribute__((always_inline)) {
        const __m512 distance = _mm512_sub_ps(_mm512_maskz_loadu_ps(there, x + i), max);
        const __m512 e = _mm512_maskz_mov_ps(there, exp<Sign::kNegative>(_mm512_mul_ps(factor, distance)));
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
