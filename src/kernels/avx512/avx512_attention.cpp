// Attention over a cache of int8, sixteen positions at a time for scores and weights, eight rows of values for the mix.

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

// The same for eight keys of eight dimensions, of which the first `count` are there. `query`: eight times.
THIMBLE_AVX512 __m256i dots_of_short_keys(const int8_t* keys, __m512i query, size_t count) {
  const __m512i key = plus_128(_mm512_maskz_loadu_epi8(first_bytes(8 * count), keys));
  const __m512i sums = _mm512_dpbusd_epi32(_mm512_setzero_si512(), key, query);
  return _mm512_cvtepi64_epi32(_mm512_add_epi64(sums, _mm512_srli_epi64(sums, 32)));
}

// code_mantissa() and code_octave() of sixteen codes.
THIMBLE_AVX512 __m512i mantissas(__m512i codes) {
  return _mm512_add_epi32(_mm512_and_si512(codes, _mm512_set1_epi32(7)), _mm512_set1_epi32(8));
}
THIMBLE_AVX512 __m512i octaves(__m512i codes) { return _mm512_srli_epi32(codes, 3); }

// The exponentials' table in eight registers.
class Exp2 {
 public:
  THIMBLE_AVX512 Exp2() {
    for (size_t k = 0; k < 8; ++k) table_[k] = _mm512_loadu_si512(kExp2Table + 32 * k);
  }
  // Entries i < 256 of the lower halves.
  THIMBLE_AVX512 __m512i operator()(__m512i i) const {
    const __mmask16 odd_64 = _mm512_test_epi32_mask(i, _mm512_set1_epi32(64));
    const __mmask16 upper = _mm512_test_epi32_mask(i, _mm512_set1_epi32(128));
    const __m512i low = _mm512_mask_blend_epi32(odd_64, _mm512_permutex2var_epi16(table_[0], i, table_[1]),
                                                _mm512_permutex2var_epi16(table_[2], i, table_[3]));
    const __m512i high = _mm512_mask_blend_epi32(odd_64, _mm512_permutex2var_epi16(table_[4], i, table_[5]),
                                                 _mm512_permutex2var_epi16(table_[6], i, table_[7]));
    return _mm512_and_si512(_mm512_mask_blend_epi32(upper, low, high), _mm512_set1_epi32(0xffff));
  }

 private:
  __m512i table_[8];
};

// Sums of kRows rows of values, weighted, over `count` positions, at most kMixBlock. Lane r: row r.
template <size_t kRows>
THIMBLE_AVX512 __m256i mix_rows(const int8_t* values, size_t stride, const uint16_t* a, size_t count) {
  __m512i sums[8] = {};
  for (size_t t = 0; t < count; t += 32) {
    const auto there = static_cast<__mmask32>(first_bytes(count - t < 32 ? count - t : 32));
    const __m512i weights = _mm512_maskz_loadu_epi16(there, a + t);
    for (size_t r = 0; r < kRows; ++r) {
      const __m512i v = _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(there, values + r * stride + t));
      sums[r] = _mm512_dpwssd_epi32(sums[r], v, weights);
    }
  }
  return sum_rows(sums);
}

template <size_t kRows>
THIMBLE_AVX512 void mix(int32_t* out, const int8_t* values, size_t stride, const uint16_t* a, size_t length,
                        int32_t shift) {
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
  if (key_stride == 8) {
    int64_t query;
    __builtin_memcpy(&query, q, sizeof query);
    const __m512i eight_times = _mm512_set1_epi64(query);
    for (size_t t = 0; t < length; t += 8) {
      const size_t count = length - t < 8 ? length - t : 8;
      finish(t, dots_of_short_keys(keys + t * 8, eight_times, count), count);
    }
    return;
  }
  size_t t = 0;
  for (; t + 8 <= length; t += 8) finish(t, dots<8>(keys + t * key_stride, key_stride, q), 8);
  for (; t < length; ++t) finish(t, dots<1>(keys + t * key_stride, key_stride, q), 1);
}

AttentionWeights weigh_i8_avx512(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length) {
  __m512i most = _mm512_set1_epi32(y[0]);
  __m512i most_code = _mm512_setzero_si512();
  for (size_t t = 0; t < length; t += 16) {
    const __mmask16 there = first_words(length - t);
    most = _mm512_mask_max_epi32(most, there, most, _mm512_maskz_loadu_epi32(there, y + t));
    most_code = _mm512_max_epu32(most_code, _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(there, codes + t)));
  }
  most = _mm512_set1_epi32(_mm512_reduce_max_epi32(most));
  AttentionWeights result;
  result.octave = _mm512_reduce_max_epu32(octaves(most_code));
  const __m512i octave = _mm512_set1_epi32(static_cast<int32_t>(result.octave));
  const Exp2 exp2;
  __m512i sums = _mm512_setzero_si512();
  for (size_t t = 0; t < length; t += 16) {
    const __mmask16 there = first_words(length - t);
    const __m512i distance = _mm512_sub_epi32(most, _mm512_maskz_loadu_epi32(there, y + t));
    const __m512i step = _mm512_and_si512(distance, _mm512_set1_epi32(kExp2Steps - 1));
    const __m512i p = _mm512_maskz_srlv_epi32(there, exp2(step), _mm512_srli_epi32(distance, kScoreFraction));
    sums = _mm512_add_epi32(sums, p);
    const __m512i code = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(there, codes + t));
    const __m512i below = _mm512_min_epi32(_mm512_sub_epi32(octave, octaves(code)), _mm512_set1_epi32(15));
    const __m512i twice = _mm512_srlv_epi32(_mm512_mullo_epi32(p, mantissas(code)),
                                            _mm512_add_epi32(below, _mm512_set1_epi32(kWeightShift - 1)));
    const __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(twice, _mm512_set1_epi32(1)), 1);
    _mm512_mask_cvtepi32_storeu_epi16(a + t, there, rounded);
  }
  result.sum = static_cast<uint32_t>(_mm512_reduce_add_epi32(sums));
  return result;
}

void mix_i8_avx512(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                   size_t length, int32_t shift) {
  size_t d = 0;
  for (; d + 8 <= head_dim; d += 8) mix<8>(out + d, values + d * value_stride, value_stride, a, length, shift);
  for (; d < head_dim; ++d) mix<1>(out + d, values + d * value_stride, value_stride, a, length, shift);
}

}  // namespace thimble
