// Kernels of the integer path that grow with the width of a vector: base/fixed.h, eight elements at a time.

#include "kernels/avx2/avx2_kernels.h"
#include "kernels/avx2/avx2_vectors.h"
#include "kernels/narrow.h"
#include "kernels/tables.h"

namespace thimble {

using namespace avx2;

uint64_t norm_i32_avx2(int32_t* out, const int32_t* x, const int16_t* weight, size_t n) {
  __m256i squares = _mm256_setzero_si256();
  for (size_t i = 0; i < n; i += kWidth) {
    const __m256i v = load(x + i, n - i);
    const __m256i coarse = _mm256_srai_epi32(v, kNormSquareShift);
    squares = _mm256_add_epi64(squares, _mm256_mul_epi32(coarse, coarse));
    squares = _mm256_add_epi64(squares, _mm256_mul_epi32(odd(coarse), odd(coarse)));
    const __m256i w = _mm256_slli_epi32(_mm256_cvtepi16_epi32(load_small(weight + i, n - i)), 16);
    store(out + i, mul_high(_mm256_slli_epi32(v, 16 - kNormShift), w), n - i);
  }
  uint64_t lanes[4];
  __builtin_memcpy(lanes, &squares, sizeof lanes);
  return lanes[0] + lanes[1] + lanes[2] + lanes[3];
}

uint32_t max_abs_i32_avx2(const int32_t* x, size_t n) {
  __m256i most = _mm256_setzero_si256();
  for (size_t i = 0; i < n; i += kWidth) most = _mm256_max_epu32(most, _mm256_abs_epi32(load(x + i, n - i)));
  return max_lanes(most);
}

uint32_t quantize_i8_avx2(int8_t* out, const int32_t* x, size_t n, size_t padded) {
  const uint32_t most = max_abs_i32_avx2(x, n);
  if (most == 0) {
    zero_behind(out, 0, padded);
    return 0;
  }
  const Narrowing narrow = narrowing(most);
  const __m256i factor = _mm256_set1_epi32(narrow.factor);
  const __m256i half = _mm256_set1_epi32(1 << (kNarrowFraction - 1));
  const __m128i count = _mm_cvtsi32_si128(narrow.lift);
  for (size_t i = 0; i < n; i += kWidth) {
    const __m256i quotient = mul_high(_mm256_sll_epi32(load(x + i, n - i), count), factor);
    const __m256i rounded = _mm256_srai_epi32(_mm256_add_epi32(quotient, half), kNarrowFraction);
    store_small(out + i, to_bytes(rounded), n - i);
  }
  zero_behind(out, n, padded);
  return most;
}

void rescale_i8_avx2(int8_t* out, const int32_t* x, size_t n, size_t padded, Multiplier m) {
  const Scaling scaled(m);
  const __m256i most = _mm256_set1_epi32(127);
  const __m256i least = _mm256_set1_epi32(-127);
  for (size_t i = 0; i < n; i += kWidth) {
    const __m256i y = _mm256_max_epi32(_mm256_min_epi32(scaled(load(x + i, n - i)), most), least);
    store_small(out + i, to_bytes(y), n - i);
  }
  zero_behind(out, n, padded);
}

void add_i32_avx2(int32_t* x, int32_t x_shift, const int32_t* y, int32_t y_lift, Multiplier m, size_t n) {
  const Shift shifted(x_shift);
  const Scaling scaled(m);
  const __m128i lift = _mm_cvtsi32_si128(y_lift);
  for (size_t i = 0; i < n; i += kWidth) {
    const __m256i addend = scaled(_mm256_sll_epi32(load(y + i, n - i), lift));
    store(x + i, _mm256_add_epi32(shifted(load(x + i, n - i)), addend), n - i);
  }
}

void rope_i32_avx2(int32_t* x, const int32_t* cos_sin, size_t n_heads, size_t head_dim) {
  for (size_t head = 0; head < n_heads; ++head) {
    int32_t* h = x + head * head_dim;
    for (size_t i = 0; i < head_dim; i += kWidth) {
      // Pairs x0, x1 and c, s: four products of 64 bits, of which the upper words count.
      const __m256i x0 = _mm256_slli_epi32(load(h + i, head_dim - i), 32 - kRotationFraction - kRotationShift);
      const __m256i x1 = odd(x0);
      const __m256i c = load(cos_sin + i, head_dim - i);
      const __m256i s = odd(c);
      const __m256i even_ones = _mm256_sub_epi32(odd(_mm256_mul_epi32(x0, c)), odd(_mm256_mul_epi32(x1, s)));
      const __m256i odd_ones = _mm256_add_epi32(_mm256_mul_epi32(x0, s), _mm256_mul_epi32(x1, c));
      store(h + i, _mm256_blend_epi32(even_ones, odd_ones, 0xaa), head_dim - i);
    }
  }
}

// T[i] and, in the upper half, T[i + 1] of the sigmoid's table.
THIMBLE_AVX2 __m256i sigmoid_steps(__m256i i) {
  return _mm256_i32gather_epi32(reinterpret_cast<const int*>(kSigmoidTable), i, sizeof(uint16_t));
}

// The interpolated sigmoid of size / 2^kGateFraction.
THIMBLE_AVX2 __m256i sigmoid(__m256i size) {
  const __m256i last = _mm256_set1_epi32(kSigmoidSteps - 1);
  const __m256i step = _mm256_min_epu32(_mm256_srli_epi32(size, kSigmoidStepBits), last);
  // behind the table all of its last step is added
  const __m256i whole = _mm256_set1_epi32(1 << kSigmoidStepBits);
  const __m256i rest = _mm256_min_epu32(_mm256_sub_epi32(size, _mm256_slli_epi32(step, kSigmoidStepBits)), whole);
  const __m256i entries = sigmoid_steps(step);
  const __m256i low = _mm256_and_si256(entries, _mm256_set1_epi32(0xffff));
  const __m256i rise = _mm256_sub_epi32(_mm256_srli_epi32(entries, 16), low);
  return _mm256_add_epi32(low, _mm256_srli_epi32(_mm256_mullo_epi32(rise, rest), kSigmoidStepBits));
}

// a * b >> kGatedShift of the even lanes, limited to +-kWideMax, in the lower words.
THIMBLE_AVX2 __m256i gated(__m256i a, __m256i b) {
  constexpr int32_t kLimit = 1 << (30 + kGatedShift - 32);  // of the upper words: |product| < 2^(30 + kGatedShift)
  const __m256i product = _mm256_mul_epi32(a, b);
  const __m256i high = odd(product);
  const __m256i most = _mm256_set1_epi32(kWideMax);
  const __m256i least = _mm256_set1_epi32(-kWideMax);
  __m256i result = _mm256_srli_epi64(product, kGatedShift);
  result = _mm256_blendv_epi8(result, most, _mm256_cmpgt_epi32(high, _mm256_set1_epi32(kLimit - 1)));
  result = _mm256_blendv_epi8(result, least, _mm256_cmpgt_epi32(_mm256_set1_epi32(-kLimit), high));
  return _mm256_max_epi32(result, least);
}

void silu_mul_i32_avx2(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n) {
  const Scaling scaled(to_q16);
  const __m256i one = _mm256_set1_epi32(1 << kSigmoidFraction);
  for (size_t i = 0; i < n; i += kWidth) {
    const __m256i g = scaled(load(gate + i, n - i));
    const __m256i positive = sigmoid(_mm256_abs_epi32(g));
    const __m256i s = _mm256_blendv_epi8(positive, _mm256_sub_epi32(one, positive), _mm256_srai_epi32(g, 31));
    const __m256i silu_even = _mm256_srli_epi64(_mm256_mul_epi32(g, s), kSigmoidFraction);
    const __m256i silu_odd = _mm256_srli_epi64(_mm256_mul_epi32(odd(g), odd(s)), kSigmoidFraction);
    const __m256i u = load(up + i, n - i);
    store(gate + i, interleave(gated(silu_even, u), gated(silu_odd, odd(u))), n - i);
  }
}

void logits_i32_avx2(float* out, const int32_t* x, Multiplier to_q16, size_t n) {
  const Scaling scaled(to_q16);
  const __m256 unit = _mm256_set1_ps(0x1p-16f);
  for (size_t i = 0; i < n; i += kWidth) {
    store(out + i, _mm256_mul_ps(_mm256_cvtepi32_ps(scaled(load(x + i, n - i))), unit), n - i);
  }
}

}  // namespace thimble
