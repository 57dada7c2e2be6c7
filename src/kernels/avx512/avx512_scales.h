// Eight numbers of base/scale.h at once, a number to a lane of 64 bits, for the scales of eight heads. As
// avx512_vectors.h, for files that are compiled for AVX-512.
#pragma once

#include "base/scale.h"
#include "kernels/avx512/avx512_vectors.h"
#include "kernels/units.h"

namespace thimble::avx512 {

static_assert(sizeof(Scale) == 8 && sizeof(Multiplier) == 8);

inline constexpr size_t kTogether = 8;  // heads, whose scales are a vector

// Calls step(first, count, there) for eight heads at a time.
template <class Step>
THIMBLE_AVX512 void for_each_8(size_t n_heads, const Step& step) {
  for (size_t first = 0; first < n_heads; first += kTogether) {
    const size_t count = n_heads - first < kTogether ? n_heads - first : kTogether;
    step(first, count, static_cast<__mmask8>(first_words(count)));
  }
}

// Mantissas without a sign and exponents with one; where the mantissa is 0, so is the exponent.
struct Scales {
  __m512i mantissa;
  __m512i exponent;
};

THIMBLE_AVX512 __m512i lanes(int64_t c) { return _mm512_set1_epi64(c); }

// With the exponent of zeros.
THIMBLE_AVX512 Scales with_zeros(__m512i mantissa, __m512i exponent) {
  return {mantissa, _mm512_maskz_mov_epi64(_mm512_test_epi64_mask(mantissa, mantissa), exponent)};
}

// `first` in the lower words of lanes, `second` in the upper.
THIMBLE_AVX512 __m512i pairs(__m512i first, __m512i second) {
  return _mm512_mask_mov_epi32(first, 0xaaaa, _mm512_slli_epi64(second, 32));
}

THIMBLE_AVX512 Scales load_scales(const Scale* scales, __mmask8 there) {
  const __m512i both = _mm512_maskz_loadu_epi64(there, scales);
  return {_mm512_and_si512(both, lanes(0xffffffff)), _mm512_srai_epi64(both, 32)};
}
THIMBLE_AVX512 void store_scales(Scale* scales, __mmask8 there, const Scales& s) {
  _mm512_mask_storeu_epi64(scales, there, pairs(s.mantissa, s.exponent));
}
THIMBLE_AVX512 Scales all_the_same(Scale s) { return {lanes(s.mantissa), lanes(s.exponent)}; }

THIMBLE_AVX512 Scales shifted_by(const Scales& a, __m512i n) {
  return with_zeros(a.mantissa, _mm512_add_epi64(a.exponent, n));
}

// make_scale() of eight words.
THIMBLE_AVX512 Scales make_scales(__m256i words) {
  const __m512i zeros = _mm512_cvtepu32_epi64(_mm256_lzcnt_epi32(words));
  const __m512i mantissa = _mm512_sllv_epi64(_mm512_cvtepu32_epi64(words), zeros);
  return with_zeros(mantissa, _mm512_sub_epi64(_mm512_setzero_si512(), zeros));
}

THIMBLE_AVX512 Scales operator*(const Scales& a, const Scales& b) {
  const __m512i product = _mm512_mul_epu32(a.mantissa, b.mantissa);
  const __mmask8 low = _mm512_cmpge_epi64_mask(product, _mm512_setzero_si512());  // a zero in front
  const __m512i mantissa = _mm512_srli_epi64(_mm512_mask_add_epi64(product, low, product, product), 32);
  const __m512i exponent = _mm512_add_epi64(_mm512_add_epi64(a.exponent, b.exponent), lanes(32));
  return with_zeros(mantissa, _mm512_mask_sub_epi64(exponent, low, exponent, lanes(1)));
}

// narrow_scale() of what the largest elements stand for.
THIMBLE_AVX512 Scales narrow_scales(const Scales& reach) {
  constexpr Scale kOneOver127 = {0x81020408, -38};
  return reach * all_the_same(kOneOver127);
}

// reciprocal_q31() of the lower words, in the lower words; above them stands anything.
THIMBLE_AVX512 __m512i reciprocals_q31(__m512i d) {
  const auto high = [](__m512i a, __m512i b) __attribute__((always_inline)) {
    return _mm512_srli_epi64(_mm512_mul_epu32(a, b), 32);
  };
  __m512i y = _mm512_slli_epi64(_mm512_sub_epi64(lanes(0xb4b4b4b4), high(d, lanes(0x78787879))), 1);
  for (int i = 0; i < 3; ++i) {
    y = _mm512_slli_epi64(high(y, _mm512_xor_si512(high(d, y), lanes(-1))), 1);
  }
  return y;
}

// narrowing() of narrow.h for the largest elements that these sizes are of; a factor of 0 for zeros.
struct Narrowings {
  __m512i lift;
  __m512i factor;
};
THIMBLE_AVX512 Narrowings narrowings(const Scales& sizes) {
  const __m512i reciprocal = _mm512_and_si512(reciprocals_q31(sizes.mantissa), lanes(0xffffffff));
  const __m512i factor = _mm512_srli_epi64(_mm512_mul_epu32(reciprocal, lanes(127)), 30 - kNarrowFraction);
  const __mmask8 some = _mm512_test_epi64_mask(sizes.mantissa, sizes.mantissa);
  // a size has no bits in front, and an element has one
  return {_mm512_maskz_sub_epi64(some, lanes(-1), sizes.exponent), _mm512_maskz_mov_epi64(some, factor)};
}

THIMBLE_AVX512 Scales reciprocals(const Scales& a) {
  const __m512i y = reciprocals_q31(a.mantissa);
  // low by less than 2^-28, so that at most one bit in front is 0
  const __mmask8 low = static_cast<__mmask8>(~_mm512_test_epi64_mask(y, lanes(int64_t{1} << 31)));
  const __m512i mantissa = _mm512_and_si512(_mm512_mask_add_epi64(y, low, y, y), lanes(0xffffffff));
  const __m512i exponent = _mm512_sub_epi64(lanes(-63), a.exponent);
  const __mmask8 some = _mm512_test_epi64_mask(a.mantissa, a.mantissa);
  return {_mm512_maskz_mov_epi64(some, mantissa),
          _mm512_maskz_mov_epi64(some, _mm512_mask_sub_epi64(exponent, low, exponent, lanes(1)))};
}

// multiplier_of(), eight to store as Multipliers.
THIMBLE_AVX512 __m512i multipliers_of(const Scales& s) {
  const __m512i shift = _mm512_sub_epi64(lanes(-33), s.exponent);
  const __m512i limited = _mm512_max_epi64(_mm512_min_epi64(shift, lanes(kMostShift)), lanes(-kMostShift));
  return pairs(_mm512_srli_epi64(s.mantissa, 1), limited);
}

// code_at_least().
THIMBLE_AVX512 __m512i codes_at_least(const Scales& s) {
  const __m512i eighths = _mm512_srli_epi64(s.mantissa, 28);
  const __m512i code =
      _mm512_add_epi64(_mm512_slli_epi64(_mm512_add_epi64(s.exponent, lanes(31 - kCodeExponent - 3)), 3),
                       _mm512_sub_epi64(eighths, lanes(8)));
  const __mmask8 more = _mm512_test_epi64_mask(s.mantissa, lanes((1 << 28) - 1));
  const __m512i rounded = _mm512_mask_add_epi64(code, more, code, lanes(1));
  const __m512i limited = _mm512_max_epi64(_mm512_min_epi64(rounded, lanes(255)), _mm512_setzero_si512());
  return _mm512_maskz_mov_epi64(_mm512_test_epi64_mask(s.mantissa, s.mantissa), limited);
}

// reciprocal() of scale_of_code(), whose mantissa is one of eight: reciprocal_q31((8 + i) << 28).
THIMBLE_AVX512 Scales reciprocals_of_codes(__m512i codes) {
  const __m512i of_eighths =
      _mm512_setr_epi64(0xfffffffc, 0xe38e38e2, 0xccccccca, 0xba2e8ba2, 0xaaaaaaa8, 0x9d89d89c, 0x92492490, 0x88888886);
  return {_mm512_permutexvar_epi64(codes, of_eighths),
          _mm512_sub_epi64(lanes(28 - kCodeExponent - 63), _mm512_srli_epi64(codes, 3))};
}

}  // namespace thimble::avx512
