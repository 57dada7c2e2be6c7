// Kernels of the integer path that grow with the width of a vector, where 16 lanes are quicker than avx2's eight.

#include "kernels/avx512/avx512_kernels.h"
#include "kernels/avx512/avx512_vectors.h"
#include "kernels/narrow.h"
#include "kernels/tables.h"

namespace thimble {

using namespace avx512;

namespace {

// Zeros behind the elements of a narrow vector.
THIMBLE_AVX512 void pad(int8_t* out, size_t n, size_t padded) {
  for (size_t i = n; i < padded; i += 64) {
    const __mmask64 there = first_bytes(padded - i < 64 ? padded - i : 64);
    _mm512_mask_storeu_epi8(out + i, there, _mm512_setzero_si512());
  }
}

// The sigmoid's table as far as it rises, and what stands one step behind.
class Sigmoid {
 public:
  // The interpolated sigmoid of 32 sizes / 2^kGateFraction, in halves and their order.
  THIMBLE_AVX512 __m512i operator()(__m512i first, __m512i second) const {
    const __m512i step = to_halves(step_of(first), step_of(second));
    const __m512i rest = to_halves(rest_of(first), rest_of(second));
    const __m512i low = low_(step);
    const __m512i rise = _mm512_sub_epi16(next_(step), low);
    // rise < 2^10, rest < 2^12: their product / 2^12
    return _mm512_add_epi16(low, _mm512_mulhi_epu16(_mm512_slli_epi16(rise, 16 - kSigmoidStepBits), rest));
  }

 private:
  static constexpr size_t kRisingSteps = 192;  // from 162 on it is 1

  THIMBLE_AVX512 static __m512i step_of(__m512i size) {
    return _mm512_min_epu32(_mm512_srli_epi32(size, kSigmoidStepBits), _mm512_set1_epi32(kRisingSteps - 1));
  }
  THIMBLE_AVX512 static __m512i rest_of(__m512i size) {
    return _mm512_and_si512(size, _mm512_set1_epi32((1 << kSigmoidStepBits) - 1));
  }

  const Table<kRisingSteps> low_{kSigmoidTable};
  const Table<kRisingSteps> next_{kSigmoidTable + 1};
};
static_assert(kSigmoidSteps == 256 && kSigmoidStepBits == 12);

// a * b >> kGatedShift of the even lanes, limited to +-kWideMax, in the lower words.
THIMBLE_AVX512 __m512i gated(__m512i a, __m512i b) {
  const __m512i product = _mm512_srai_epi64(_mm512_mul_epi32(a, b), kGatedShift);
  const __m512i least = _mm512_set1_epi64(-kWideMax);
  return _mm512_max_epi64(_mm512_min_epi64(product, _mm512_set1_epi64(kWideMax)), least);
}

// silu(g) * up for 16 gates g and their sigmoids, as int32.
THIMBLE_AVX512 __m512i silu_mul(__m512i g, __m512i sigmoid, __m512i up) {
  const auto odd = [](__m512i v) __attribute__((always_inline)) { return _mm512_srli_epi64(v, 32); };
  const __m512i silu_even = _mm512_srai_epi64(_mm512_mul_epi32(g, sigmoid), kSigmoidFraction);
  const __m512i silu_odd = _mm512_srai_epi64(_mm512_mul_epi32(odd(g), odd(sigmoid)), kSigmoidFraction);
  const __m512i odd_result = _mm512_slli_epi64(gated(silu_odd, odd(up)), 32);
  return _mm512_mask_mov_epi32(gated(silu_even, up), 0xaaaa, odd_result);
}

}  // namespace

uint32_t quantize_i8_avx512(int8_t* out, const int32_t* x, size_t n, size_t padded) {
  const uint32_t most = max_abs_i32_avx2(x, n);
  if (most == 0) {
    pad(out, 0, padded);
    return 0;
  }
  const Narrowing narrow = narrowing(most);
  const __m512i factor = _mm512_set1_epi32(narrow.factor);
  const __m512i half = _mm512_set1_epi32(1 << (kNarrowFraction - 1));
  const __m128i count = _mm_cvtsi32_si128(narrow.lift);
  for_each_16(
      n, [&](size_t i, __mmask16 there) __attribute__((always_inline)) {
        const __m512i lifted = _mm512_sll_epi32(_mm512_maskz_loadu_epi32(there, x + i), count);
        const __m512i rounded = _mm512_srai_epi32(_mm512_add_epi32(mul_high(lifted, factor), half), kNarrowFraction);
        _mm512_mask_cvtepi32_storeu_epi8(out + i, there, rounded);
      });
  pad(out, n, padded);
  return most;
}

void rescale_i8_avx512(int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m) {
  const Scaling scaled(m);
  const __m512i least = _mm512_set1_epi32(-127);
  for_each_16(
      n, [&](size_t i, __mmask16 there) __attribute__((always_inline)) {
        const __m512i y = _mm512_max_epi32(scaled(_mm512_maskz_loadu_epi32(there, x + i)), least);
        _mm512_mask_cvtsepi32_storeu_epi8(out + i, there, y);
      });
  pad(out, n, padded);
}

void silu_mul_i32_avx512(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n) {
  const Scaling scaled(to_q16);
  const Sigmoid sigmoid;
  const __m512i one = _mm512_set1_epi16(static_cast<short>(1 << kSigmoidFraction));
  for (size_t i = 0; i < n; i += 32) {
    const __mmask16 low_there = first_words(n - i);
    const __mmask16 high_there = n - i > 16 ? first_words(n - i - 16) : __mmask16{0};
    const __m512i low = scaled(_mm512_maskz_loadu_epi32(low_there, gate + i));
    const __m512i high = scaled(_mm512_maskz_loadu_epi32(high_there, gate + i + 16));
    const __m512i positive = sigmoid(_mm512_abs_epi32(low), _mm512_abs_epi32(high));
    const __mmask32 negative = _mm512_movepi16_mask(_mm512_packs_epi32(low, high));
    const __m512i s = _mm512_mask_sub_epi16(positive, negative, one, positive);
    const __m512i s_low = _mm512_unpacklo_epi16(s, _mm512_setzero_si512());
    const __m512i s_high = _mm512_unpackhi_epi16(s, _mm512_setzero_si512());
    _mm512_mask_storeu_epi32(gate + i, low_there, silu_mul(low, s_low, _mm512_maskz_loadu_epi32(low_there, up + i)));
    _mm512_mask_storeu_epi32(gate + i + 16, high_there,
                             silu_mul(high, s_high, _mm512_maskz_loadu_epi32(high_there, up + i + 16)));
  }
}

}  // namespace thimble
