// Attention over a cache of int8: sixteen positions at a time for scores of short keys, 32 for weights, eight rows of
// values for the mix.

#include "kernels/avx512/avx512_kernels.h"
#include "kernels/avx512/avx512_vectors.h"
#include "kernels/tables.h"

namespace thimble {

using namespace avx512;

namespace {

// Dot products of kKeys keys with a query, `stride` bytes each, too large by 128 times the query's sum.
template <size_t kKeys>
THIMBLE_AVX512 __m256i dots(const int8_t* keys, size_t stride, const int8_t* q) {
  __m512i sums[8] = {};
  for (size_t d = 0; d < stride; d += kWidth) {
    const __mmask64 columns = first_bytes(stride - d < kWidth ? stride - d : kWidth);
    const __m512i query = _mm512_maskz_loadu_epi8(columns, q + d);
    for (size_t k = 0; k < kKeys; ++k) {
      const __m512i key = plus_128(_mm512_maskz_loadu_epi8(columns, keys + k * stride + d));
      sums[k] = _mm512_dpbusd_epi32(sums[k], key, query);
    }
  }
  return sum_rows(sums);
}

// code_mantissa() and code_octave() of sixteen codes.
THIMBLE_AVX512 __m512i mantissas(__m512i codes) {
  constexpr int kAndOr = 0xea;  // (a & b) | c
  return _mm512_ternarylogic_epi32(codes, _mm512_set1_epi32(7), _mm512_set1_epi32(8), kAndOr);
}
THIMBLE_AVX512 __m512i octaves(__m512i codes) { return _mm512_srli_epi32(codes, 3); }

// Scores of keys of eight dimensions, sixteen at a time, up to the first sixteen among which a score has to be shifted
// to the left; returns their number. (Which no trained model was seen to need: scores are small numbers.)
THIMBLE_AVX512 size_t score_short_keys(int32_t* y, const int8_t* keys, const uint8_t* codes, const int8_t* q,
                                       size_t length, Multiplier m) {
  int64_t eight;
  __builtin_memcpy(&eight, q, sizeof eight);
  const __m512i query = _mm512_set1_epi64(eight);
  // What the products of keys + 128 are too large by, for each half of a key.
  const __m512i excess = _mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_set1_epi8(-128), query);
  const __m512i start = _mm512_sub_epi32(_mm512_setzero_si512(), excess);
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
  const __m512i mantissa = _mm512_set1_epi32(m.mantissa);
  const __m512i shift_but_one = _mm512_set1_epi32(m.shift - 1);
  const auto score_16 = [&](size_t t, __mmask16 there) __attribute__((always_inline)) {
    const __m512i code = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(there, codes + t));
    const __m512i shift = _mm512_sub_epi32(shift_but_one, octaves(code));
    if (_mm512_mask_cmplt_epi32_mask(there, shift, _mm512_setzero_si512()) != 0) return false;
    const __m512i key0 = _mm512_maskz_loadu_epi64(static_cast<__mmask8>(there), keys + t * 8);
    const __m512i key1 = _mm512_maskz_loadu_epi64(static_cast<__mmask8>(there >> 8), keys + t * 8 + 64);
    const __m512i half0 = _mm512_dpbusd_epi32(start, plus_128(key0), query);
    const __m512i half1 = _mm512_dpbusd_epi32(start, plus_128(key1), query);
    const __m512i dot =
        _mm512_add_epi32(_mm512_permutex2var_epi32(half0, even, half1), _mm512_permutex2var_epi32(half0, odd, half1));
    const __m512i v = mul_high(_mm512_mullo_epi32(dot, mantissas(code)), mantissa);
    _mm512_mask_storeu_epi32(y + t, there, shifted_right(v, shift));
    return true;
  };
  size_t t = 0;
  for (; t + 16 <= length; t += 16) {
    if (!score_16(t, 0xffff)) return t;
  }
  return t < length && score_16(t, first_words(length - t)) ? length : t;
}

// The largest score and the highest octave of the codes.
struct Largest {
  int32_t score;
  uint32_t octave;
};
THIMBLE_AVX512 Largest find_largest(const int32_t* y, const uint8_t* codes, size_t length) {
  __m512i score = _mm512_set1_epi32(y[0]);
  __m128i code = _mm_setzero_si128();
  const auto look_at_16 = [&](size_t t, __mmask16 there) __attribute__((always_inline)) {
    score = _mm512_mask_max_epi32(score, there, score, _mm512_maskz_loadu_epi32(there, y + t));
    code = _mm_max_epu8(code, _mm_maskz_loadu_epi8(there, codes + t));
  };
  size_t t = 0;
  for (; t + 16 <= length; t += 16) look_at_16(t, 0xffff);
  if (t < length) look_at_16(t, first_words(length - t));
  return {_mm512_reduce_max_epi32(score), _mm512_reduce_max_epu32(octaves(_mm512_cvtepu8_epi32(code)))};
}

// How far 32 scores, of which `there` are, lie below the largest, at most 2^16 - 1: 16 octaves are as good as none.
THIMBLE_AVX512 __m512i distances(__m512i most, const int32_t* y, __mmask32 there) {
  const auto low_there = static_cast<__mmask16>(there);
  const auto high_there = static_cast<__mmask16>(there >> 16);
  const __m512i low = _mm512_sub_epi32(most, _mm512_maskz_loadu_epi32(low_there, y));
  const __m512i high = _mm512_sub_epi32(most, _mm512_maskz_loadu_epi32(high_there, y + 16));
  return to_halves(low, high);
}

// Sums of kRows rows of values, weighted, over `count` positions, at most kMixBlock. Lane r: row r.
template <size_t kRows>
THIMBLE_AVX512 __m256i mix_rows(const int8_t* values, size_t stride, const uint16_t* a, size_t count) {
  __m256i sums[8] = {};
  const auto step = [&](size_t t, __mmask16 there) __attribute__((always_inline)) {
    const __m256i weights = _mm256_maskz_loadu_epi16(there, a + t);
    for (size_t r = 0; r < kRows; ++r) {
      // rows are padded to 16 positions
      const auto* row = reinterpret_cast<const __m128i*>(values + r * stride + t);
      sums[r] = _mm256_dpwssd_epi32(sums[r], _mm256_cvtepi8_epi16(_mm_loadu_si128(row)), weights);
    }
  };
  size_t t = 0;
  for (; t + 16 <= count; t += 16) step(t, 0xffff);
  if (t < count) step(t, first_words(count - t));
  return sum_short_rows(sums);
}

template <size_t kRows>
THIMBLE_AVX512 void mix(int32_t* out, const int8_t* values, size_t stride, const uint16_t* a, size_t length,
                        int32_t shift) {
  if (length <= kMixBlock) {
    const __m256i sums = mix_rows<kRows>(values, stride, a, length);
    avx2::store(out, _mm256_sra_epi32(sums, _mm_cvtsi32_si128(shift)), kRows);
    return;
  }
  __m512i sums = _mm512_setzero_si512();  // 64 bits each
  for (size_t t = 0; t < length; t += kMixBlock) {
    const size_t count = length - t < kMixBlock ? length - t : kMixBlock;
    sums = _mm512_add_epi64(sums, _mm512_cvtepi32_epi64(mix_rows<kRows>(values + t, stride, a + t, count)));
  }
  avx2::store(out, _mm512_cvtepi64_epi32(_mm512_sra_epi64(sums, _mm_cvtsi32_si128(shift))), kRows);
}

}  // namespace

void scores_i8_avx512(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                      size_t /*head_dim*/, size_t length, Multiplier m) {
  const __m256i mantissa = _mm256_set1_epi32(m.mantissa);
  const __m256i shift = _mm256_set1_epi32(m.shift);
  int32_t sum = 0;
  for (size_t d = 0; d < key_stride; ++d) sum += q[d];
  const __m256i too_much = _mm256_set1_epi32(sum * 128);
  const auto finish = [&](size_t t, __m256i dot, size_t count) __attribute__((always_inline)) {
    const auto there = static_cast<__mmask8>(first_words(count));
    const __m256i code = _mm256_cvtepu8_epi32(_mm_maskz_loadu_epi8(there, codes + t));
    const __m256i size = _mm256_or_si256(_mm256_and_si256(code, _mm256_set1_epi32(7)), _mm256_set1_epi32(8));
    const __m256i v = avx2::mul_high(_mm256_mullo_epi32(_mm256_sub_epi32(dot, too_much), size), mantissa);
    _mm256_mask_storeu_epi32(y + t, there, avx2::shifted(v, _mm256_sub_epi32(shift, _mm256_srli_epi32(code, 3))));
  };
  size_t t = key_stride == 8 ? score_short_keys(y, keys, codes, q, length, m) : 0;
  for (; t + 8 <= length; t += 8) finish(t, dots<8>(keys + t * key_stride, key_stride, q), 8);
  for (; t < length; ++t) finish(t, dots<1>(keys + t * key_stride, key_stride, q), 1);
}

static_assert(kExp2Steps == 256 && kWeightShift == 5);

// 32 positions at a time: exponentials, mantissas and weights all fit 16 bits.
AttentionWeights weigh_i8_avx512(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length) {
  const Largest largest = find_largest(y, codes, length);
  const __m512i most = _mm512_set1_epi32(largest.score);
  const __m512i octave = _mm512_set1_epi16(static_cast<short>(largest.octave));
  const Table256 exp2(kExp2Table);
  __m512i low_sums = _mm512_setzero_si512();  // of the exponentials' bytes
  __m512i high_sums = low_sums;
  const auto weigh_32 = [&](size_t t, __mmask32 there) __attribute__((always_inline)) {
    const __m512i distance = distances(most, y + t, there);
    // vpsrlvw by 16 and more leaves 0
    const __m512i p = _mm512_maskz_srlv_epi16(there, exp2(distance), _mm512_srli_epi16(distance, kScoreFraction));
    low_sums = _mm512_dpbusd_epi32(low_sums, p, _mm512_set1_epi16(0x0001));
    high_sums = _mm512_dpbusd_epi32(high_sums, p, _mm512_set1_epi16(0x0100));
    const __m512i code = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(there, codes + t));
    // p times the code's mantissa / 2^(kWeightShift - 1), and less by its octaves; then half, rounded
    const __m512i factor = _mm512_or_si512(_mm512_slli_epi16(code, 12), _mm512_set1_epi16(-0x8000));
    const __m512i below = _mm512_sub_epi16(octave, _mm512_srli_epi16(code, 3));
    const __m512i twice = _mm512_srlv_epi16(_mm512_mulhi_epu16(p, factor), below);
    _mm512_mask_storeu_epi16(a + t, there, _mm512_avg_epu16(twice, _mm512_setzero_si512()));
  };
  size_t t = 0;
  for (; t + 32 <= length; t += 32) weigh_32(t, ~uint32_t{0});
  if (t < length) weigh_32(t, static_cast<__mmask32>(first_bytes(length - t)));
  const __m512i sums = _mm512_add_epi32(low_sums, _mm512_slli_epi32(high_sums, 8));
  return {static_cast<uint32_t>(_mm512_reduce_add_epi32(sums)), largest.octave};
}

void mix_i8_avx512(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                   size_t length, int32_t shift) {
  size_t d = 0;
  for (; d + 8 <= head_dim; d += 8) mix<8>(out + d, values + d * value_stride, value_stride, a, length, shift);
  for (; d < head_dim; ++d) mix<1>(out + d, values + d * value_stride, value_stride, a, length, shift);
}

}  // namespace thimble
