// Exponentials sixteen at a time, in lanes of 64 bits. vpmadd52huq adds the upper 52 bits of a product of 52 bits to a
// sum: with one factor shifted left by 20, that is c + high(f, q) of docs/NUMERICS.md, "exp", in one instruction.
// Without it, sixteen are little quicker than avx2's eight. Only files that are compiled for IFMA may include this.
#pragma once

#include "kernels/avx512/avx512_vectors.h"

namespace thimble::avx512 {

enum class Sign { kAny, kNegative };  // kNegative: or 0, or NaN

// exp_f32() of sixteen. An object has the constants in registers. |x| < 2^-26 needs no case of its own: no bit of its
// logarithm to base 2 is above the eighth of 32, and the result is rounded to 1.
template <Sign kSign>
class Exp {
 public:
  THIMBLE_AVX512 __m512 operator()(__m512 x) const {
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i mantissa = _mm512_or_si512(_mm512_slli_epi32(bits, 8), leading_one_);
    // The sign may stay in the exponent where all have one but +0, which is far below all others either way.
    const __m512i exponent =
        kSign == Sign::kNegative ? _mm512_srli_epi32(bits, 23) : _mm512_srli_epi32(_mm512_slli_epi32(bits, 1), 24);
    const __m512i shift = _mm512_sub_epi32(most_shift_, exponent);
    const __m512i p_even = octaves_of(_mm512_and_si512(mantissa, lower_), _mm512_and_si512(shift, lower_));
    const __m512i p_odd = octaves_of(_mm512_srli_epi64(mantissa, 32), _mm512_srli_epi64(shift, 32));
    __m512i y_even = _mm512_sub_epi64(bias_, p_even);
    __m512i y_odd = _mm512_sub_epi64(bias_, p_odd);
    if constexpr (kSign == Sign::kAny) {
      const __mmask8 even_positive = _mm512_testn_epi64_mask(bits, _mm512_set1_epi64(0x80000000));
      const __mmask8 odd_positive = _mm512_cmpge_epi64_mask(bits, _mm512_setzero_si512());
      y_even = _mm512_mask_add_epi64(y_even, even_positive, bias_, p_even);
      y_odd = _mm512_mask_add_epi64(y_odd, odd_positive, bias_, p_odd);
    }
    constexpr int kChoose = 0xca;  // a ? b : c
    __m512i result = _mm512_ternarylogic_epi32(lower_, _mm512_srli_epi64(bits_of_exp2(y_even), 9),
                                               _mm512_slli_epi64(bits_of_exp2(y_odd), 23), kChoose);
    if constexpr (kSign == Sign::kAny) {
      const __mmask16 infinite = _mm512_cmp_ps_mask(x, _mm512_set1_ps(88.7228317f), _CMP_GT_OQ);
      result = _mm512_mask_mov_epi32(result, infinite, _mm512_set1_epi32(0x7f800000));
    }
    const __mmask16 not_0 = _mm512_cmp_ps_mask(x, _mm512_castsi512_ps(lowest_), _CMP_NLT_UQ);
    return _mm512_maskz_fixupimm_ps(not_0, _mm512_castsi512_ps(result), x, nan_for_nan_, 0);
  }

 private:
  // In a register; or gcc 12 makes many of them anew in each turn of a loop.
  THIMBLE_AVX512 static __m512i kept(__m512i c) {
    asm("" : "+v"(c));
    return c;
  }
  THIMBLE_AVX512 static __m512i words(uint32_t c) { return kept(_mm512_set1_epi32(static_cast<int>(c))); }
  THIMBLE_AVX512 static __m512i lanes(uint64_t c) { return kept(_mm512_set1_epi64(static_cast<int64_t>(c))); }

  // c + high(a, b), where either factor comes times 2^20.
  THIMBLE_AVX512 static __m512i add_high(__m512i c, __m512i a, __m512i b) { return _mm512_madd52hi_epu64(c, a, b); }

  // |x| log2(e) with 32 fraction bits. Each lane has the mantissa, its leading one in bit 31, and the shift.
  THIMBLE_AVX512 __m512i octaves_of(__m512i mantissa, __m512i shift) const {
    return _mm512_srlv_epi64(add_high(_mm512_mul_epu32(mantissa, log2e_), mantissa, more_of_log2e_), shift);
  }

  // The bits of 2^(y - 127) times 2^9, y having 32 fraction bits; where they are rounded, half of the last bit is
  // added. (2^f - 1, f being the fraction, is the lower word, and what is above it belongs into the exponent as it is.)
  THIMBLE_AVX512 __m512i bits_of_exp2(__m512i y) const {
    const __m512i f = _mm512_slli_epi64(y, 20);  // what stands above 52 bits is not looked at
    __m512i q = c6_;
    q = add_high(c5_, f, q);
    q = add_high(c4_, f, q);
    q = add_high(c3_, f, q);
    q = add_high(c2_, f, q);
    q = add_high(c1_, f, q);
    q = add_high(c0_, f, q);
    constexpr int kNotAndOr = 0xae;  // (~a & b) | c
    return add_high(_mm512_ternarylogic_epi64(lower_, y, half_, kNotAndOr), f, q);
  }

  const __m512i leading_one_ = words(1u << 31);
  const __m512i most_shift_ = words(kSign == Sign::kNegative ? 157 + 256 : 157);
  const __m512i lower_ = lanes(0xffffffff);
  const __m512i log2e_ = lanes(0xb8aa3b29);
  const __m512i more_of_log2e_ = lanes(uint64_t{0x5c17f0bc} << 20);
  const __m512i bias_ = lanes(uint64_t{127} << 32);
  const __m512i c0_ = lanes(0xb17217f9), c1_ = lanes(0x3d7f7ba6), c2_ = lanes(0x0e3589f8), c3_ = lanes(0x02763464);
  const __m512i c4_ = lanes(0x0057bf1a), c5_ = lanes(0x00099317), c6_ = lanes(0x00015bd3);
  const __m512i half_ = lanes(1u << 8);
  const __m512i lowest_ = kept(_mm512_castps_si512(_mm512_set1_ps(-87.3365402f)));
  const __m512i nan_for_nan_ = words(0x33);  // for NaN of either kind; all others stay
};

}  // namespace thimble::avx512
