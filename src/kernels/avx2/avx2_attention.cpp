// Attention over a cache of int8, eight positions at a time for scores and weights, eight rows of values for the mix.

#include "kernels/avx2/avx2_kernels.h"
#include "kernels/avx2/avx2_vectors.h"
#include "kernels/tables.h"

namespace thimble {

using namespace avx2;

namespace {

THIMBLE_AVX2 __m128i load_bytes(const int8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
THIMBLE_AVX2 __m128i load_eight(const int8_t* p) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)); }

// + products of 16 columns, two to a lane
THIMBLE_AVX2 __m256i add_products(__m256i sum, __m128i w, __m256i x) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_cvtepi8_epi16(w), x));
}

// Dot products of kKeys keys with a query, both zero behind their dimensions. Lane k: key k.
template <size_t kKeys>
THIMBLE_AVX2 __m256i dots(const int8_t* keys, size_t stride, const int8_t* q) {
  __m256i sums[kWidth] = {};
  size_t d = 0;
  for (; d + 16 <= stride; d += 16) {
    const __m256i query = _mm256_cvtepi8_epi16(load_bytes(q + d));
    for (size_t k = 0; k < kKeys; ++k) sums[k] = add_products(sums[k], load_bytes(keys + k * stride + d), query);
  }
  if (d < stride) {
    const __m256i query = _mm256_cvtepi8_epi16(load_eight(q + d));
    for (size_t k = 0; k < kKeys; ++k) sums[k] = add_products(sums[k], load_eight(keys + k * stride + d), query);
  }
  return sum_rows(sums);
}

// The same for eight keys of eight dimensions, which follow each other two to a register.
THIMBLE_AVX2 __m256i dots_of_short_keys(const int8_t* keys, __m256i query) {
  __m256i pairs[4];
  for (size_t k = 0; k < 4; ++k) {
    pairs[k] = _mm256_madd_epi16(_mm256_cvtepi8_epi16(load_bytes(keys + 16 * k)), query);
  }
  const __m256i low = _mm256_hadd_epi32(pairs[0], pairs[1]);   // keys 0 0 2 2 | 1 1 3 3
  const __m256i high = _mm256_hadd_epi32(pairs[2], pairs[3]);  // keys 4 4 6 6 | 5 5 7 7
  const __m256i sums = _mm256_hadd_epi32(low, high);           // keys 0 2 4 6 | 1 3 5 7
  return _mm256_permutevar8x32_epi32(sums, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

// code_mantissa() and code_octave() of eight codes.
THIMBLE_AVX2 __m256i mantissas(__m256i codes) {
  return _mm256_add_epi32(_mm256_and_si256(codes, _mm256_set1_epi32(7)), _mm256_set1_epi32(8));
}
THIMBLE_AVX2 __m256i octaves(__m256i codes) { return _mm256_srli_epi32(codes, 3); }
THIMBLE_AVX2 __m256i load_codes(const uint8_t* p, size_t left) { return _mm256_cvtepu8_epi32(load_small(p, left)); }

// The exponentials' table at i < kExp2Steps. A gather reads two entries, and behind the last one there is none.
THIMBLE_AVX2 __m256i exp2_steps(__m256i i) {
  const __m256i before_last = _mm256_set1_epi32(kExp2Steps - 2);
  const __m256i pairs = _mm256_i32gather_epi32(reinterpret_cast<const int*>(kExp2Table),
                                               _mm256_min_epi32(i, before_last), sizeof(uint16_t));
  const __m256i is_last = _mm256_cmpgt_epi32(i, before_last);
  return _mm256_and_si256(_mm256_srlv_epi32(pairs, _mm256_and_si256(is_last, _mm256_set1_epi32(16))),
                          _mm256_set1_epi32(0xffff));
}

uint8_t largest_code(const uint8_t* codes, size_t n) {
  uint8_t most = 0;
  for (size_t i = 0; i < n; ++i) most = codes[i] > most ? codes[i] : most;
  return most;
}

int32_t largest(const int32_t* y, size_t n) {
  __m256i most = _mm256_set1_epi32(y[0]);
  size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) most = _mm256_max_epi32(most, load(y + i));
  __m128i half = _mm_max_epi32(_mm256_castsi256_si128(most), _mm256_extracti128_si256(most, 1));
  half = _mm_max_epi32(half, _mm_shuffle_epi32(half, 0x4e));
  half = _mm_max_epi32(half, _mm_shuffle_epi32(half, 0xb1));
  int32_t result = _mm_cvtsi128_si32(half);
  for (; i < n; ++i) result = y[i] > result ? y[i] : result;
  return result;
}

// Sums of kRows rows of values, weighted, over `count` positions, at most kMixBlock. Lane r: row r.
template <size_t kRows>
THIMBLE_AVX2 __m256i mix_rows(const int8_t* values, size_t stride, const uint16_t* a, size_t count) {
  __m256i sums[kWidth] = {};
  size_t t = 0;
  for (; t + 16 <= count; t += 16) {
    const __m256i weights = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + t));
    for (size_t r = 0; r < kRows; ++r) sums[r] = add_products(sums[r], load_bytes(values + r * stride + t), weights);
  }
  if (t < count) {
    const __m256i weights =
        _mm256_setr_m128i(load_small(a + t, count - t),
                          t + kWidth < count ? load_small(a + t + kWidth, count - t - kWidth) : _mm_setzero_si128());
    for (size_t r = 0; r < kRows; ++r) sums[r] = add_products(sums[r], load_bytes(values + r * stride + t), weights);
  }
  return sum_rows(sums);
}

template <size_t kRows>
THIMBLE_AVX2 void mix(int32_t* out, const int8_t* values, size_t stride, const uint16_t* a, size_t length,
                      int32_t shift) {
  __m256i low = _mm256_setzero_si256();  // rows 0..3, 64 bits each
  __m256i high = low;
  for (size_t t = 0; t < length; t += kMixBlock) {
    const __m256i sums = mix_rows<kRows>(values + t, stride, a + t, length - t < kMixBlock ? length - t : kMixBlock);
    low = _mm256_add_epi64(low, _mm256_cvtepi32_epi64(_mm256_castsi256_si128(sums)));
    high = _mm256_add_epi64(high, _mm256_cvtepi32_epi64(_mm256_extracti128_si256(sums, 1)));
  }
  // What is left of a shifted sum has 32 bits, so it does not matter with what a shift fills the upper ones.
  const __m128i count = _mm_cvtsi32_si128(shift);
  const __m256i order = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
  const __m256i first_rows = _mm256_permutevar8x32_epi32(_mm256_srl_epi64(low, count), order);
  const __m256i last_rows = _mm256_permutevar8x32_epi32(_mm256_srl_epi64(high, count), order);
  store(out, _mm256_blend_epi32(first_rows, last_rows, 0xf0), kRows);
}

}  // namespace

void scores_i8_avx2(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                    size_t /*head_dim*/, size_t length, Multiplier m) {
  const __m256i mantissa = _mm256_set1_epi32(m.mantissa);
  const __m256i shift = _mm256_set1_epi32(m.shift);
  const auto finish = [&](size_t t, __m256i dot, size_t left) __attribute__((always_inline)) {
    const __m256i code = load_codes(codes + t, left);
    const __m256i v = mul_high(_mm256_mullo_epi32(dot, mantissas(code)), mantissa);
    store(y + t, shifted(v, _mm256_sub_epi32(shift, octaves(code))), left);
  };
  const bool is_short = key_stride == 8;
  const __m128i short_query = load_eight(q);
  const __m256i twice = _mm256_cvtepi8_epi16(_mm_unpacklo_epi64(short_query, short_query));
  size_t t = 0;
  for (; t + kWidth <= length; t += kWidth) {
    const int8_t* key = keys + t * key_stride;
    finish(t, is_short ? dots_of_short_keys(key, twice) : dots<kWidth>(key, key_stride, q), kWidth);
  }
  for (; t < length; ++t) finish(t, dots<1>(keys + t * key_stride, key_stride, q), 1);
}

AttentionWeights weigh_i8_avx2(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length) {
  AttentionWeights result;
  result.octave = code_octave(largest_code(codes, length));
  const __m256i most = _mm256_set1_epi32(largest(y, length));
  const __m256i octave = _mm256_set1_epi32(static_cast<int32_t>(result.octave));
  __m256i sums = _mm256_setzero_si256();
  for (size_t t = 0; t < length; t += kWidth) {
    const size_t left = length - t;
    const __m256i distance = _mm256_sub_epi32(most, load(y + t, left));
    const __m256i step = _mm256_and_si256(distance, _mm256_set1_epi32(kExp2Steps - 1));
    __m256i p = _mm256_srlv_epi32(exp2_steps(step), _mm256_srli_epi32(distance, kScoreFraction));
    if (left < kWidth) p = _mm256_and_si256(p, first(left));
    sums = _mm256_add_epi32(sums, p);
    const __m256i code = load_codes(codes + t, left);
    const __m256i below = _mm256_min_epi32(_mm256_sub_epi32(octave, octaves(code)), _mm256_set1_epi32(15));
    const __m256i twice = _mm256_srlv_epi32(_mm256_mullo_epi32(p, mantissas(code)),
                                            _mm256_add_epi32(below, _mm256_set1_epi32(kWeightShift - 1)));
    const __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(twice, _mm256_set1_epi32(1)), 1);
    store_small(a + t, to_halves(rounded), left);
  }
  result.sum = static_cast<uint32_t>(sum_lanes(sums));
  return result;
}

void mix_i8_avx2(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                 size_t length, int32_t shift) {
  size_t d = 0;
  for (; d + kWidth <= head_dim; d += kWidth) {
    mix<kWidth>(out + d, values + d * value_stride, value_stride, a, length, shift);
  }
  for (; d < head_dim; ++d) mix<1>(out + d, values + d * value_stride, value_stride, a, length, shift);
}

}  // namespace thimble
