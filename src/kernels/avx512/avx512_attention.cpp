// Attention over a cache of int8: sixteen positions at a time for scores of short keys, 32 for weights, eight rows of
// values for the mix. Heads of queries that share a kv head go through it by pairs (kHeads): what is loaded and made of
// keys, values and codes serves both, and one's sums are computed while the other's are waited for. Eight heads take
// each of these steps before any takes the next: so nobody waits for the end of a step that the next one begins with.

#include <bit>

#include "base/checked.h"
#include "kernels/avx512/avx512_kernels.h"
#include "kernels/avx512/avx512_scales.h"
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

// shifted() of base/fixed.h with a shift for each of sixteen, some of them perhaps to the left.
THIMBLE_AVX512 __m512i shifted_either_way(__m512i x, __m512i shift_but_one) {
  const __m512i zero = _mm512_setzero_si512();
  const __m512i limit = _mm512_set1_epi32(kWideMax);
  const __m512i left = _mm512_min_epi32(_mm512_sub_epi32(_mm512_set1_epi32(-1), shift_but_one), _mm512_set1_epi32(30));
  const __m512i most = _mm512_srlv_epi32(limit, left);
  const __m512i moved = _mm512_mask_mov_epi32(_mm512_sllv_epi32(x, left), _mm512_cmpgt_epi32_mask(x, most), limit);
  const __mmask16 below = _mm512_cmplt_epi32_mask(x, _mm512_sub_epi32(zero, most));
  const __m512i to_left = _mm512_mask_sub_epi32(moved, below, zero, limit);
  const __mmask16 is_left = _mm512_cmplt_epi32_mask(shift_but_one, zero);
  return _mm512_mask_mov_epi32(shifted_right(x, shift_but_one), is_left, to_left);
}

// The sums of neighbours in two registers: quarter by quarter, two of the first, then two of the second.
THIMBLE_AVX512 __m512i add_neighbours(__m512i a, __m512i b) {
  const __m512 x = _mm512_castsi512_ps(a);
  const __m512 y = _mm512_castsi512_ps(b);
  return _mm512_add_epi32(_mm512_castps_si512(_mm512_shuffle_ps(x, y, 0x88)),
                          _mm512_castps_si512(_mm512_shuffle_ps(x, y, 0xdd)));
}

// A query of kBytes, 8 or 16, for the products with short keys, of which a register holds several.
template <size_t kBytes>
class ShortQuery {
 public:
  THIMBLE_AVX512 explicit ShortQuery(const int8_t* q) {
    static_assert(kBytes == 8 || kBytes == 16);
    if constexpr (kBytes == 8) {
      int64_t eight;
      __builtin_memcpy(&eight, q, sizeof eight);
      query_ = _mm512_set1_epi64(eight);
    } else {
      query_ = _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(q)));
    }
    // What the products of keys + 128 are too large by, for four bytes of a key.
    const __m512i excess = _mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_set1_epi8(-128), query_);
    start_ = _mm512_sub_epi32(_mm512_setzero_si512(), excess);
  }

  // Products with sixteen keys + 128.
  THIMBLE_AVX512 __m512i operator()(const __m512i (&keys)[kBytes / 4]) const {
    __m512i parts[kBytes / 4];
    for (size_t k = 0; k < kBytes / 4; ++k) parts[k] = _mm512_dpbusd_epi32(start_, keys[k], query_);
    if constexpr (kBytes == 8) {
      const __m512i order = _mm512_setr_epi32(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
      return _mm512_permutexvar_epi32(order, add_neighbours(parts[0], parts[1]));
    } else {
      const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
      return _mm512_permutexvar_epi32(
          order, add_neighbours(add_neighbours(parts[0], parts[1]), add_neighbours(parts[2], parts[3])));
    }
  }

 private:
  __m512i query_;
  __m512i start_;
};

// The bytes of a register that begins `before` bytes into `bytes` of memory.
THIMBLE_AVX512 __mmask64 bytes_behind(size_t before, size_t bytes) {
  return bytes <= before ? 0 : first_bytes(bytes - before < kWidth ? bytes - before : kWidth);
}

THIMBLE_AVX512 uint32_t highest_octave(const uint8_t* codes, size_t length) {
  __m512i most = _mm512_setzero_si512();
  for (size_t t = 0; t < length; t += kWidth) {
    most = _mm512_max_epu8(most, _mm512_maskz_loadu_epi8(bytes_behind(t, length), codes + t));
  }
  const __m256i half = _mm256_max_epu8(_mm512_castsi512_si256(most), _mm512_extracti64x4_epi64(most, 1));
  const __m128i quarter = _mm_max_epu8(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  // the least of 16 bytes, by halves
  const __m128i inverse = _mm_xor_si128(quarter, _mm_set1_epi8(-1));
  const __m128i pairs_least = _mm_min_epu8(inverse, _mm_srli_epi16(inverse, 8));
  const __m128i least = _mm_minpos_epu16(_mm_and_si128(pairs_least, _mm_set1_epi16(0xff)));
  return code_octave(static_cast<uint8_t>(~_mm_cvtsi128_si32(least)));
}

// Whether memory may be read and written up to the next multiple of 16 positions.
enum class Ends { kExact, kPadded };

// Scores of keys of kBytes for kHeads queries, which follow each other at q, sixteen at a time. `most`: the largest.
template <Ends kEnds, size_t kBytes, size_t kHeads>
THIMBLE_AVX512 void score_short_keys(int32_t* const (&y)[kHeads], const int8_t* keys, const uint8_t* codes,
                                     const int8_t* q, size_t length, const Multiplier* m, int32_t (&most)[kHeads]) {
  const ShortQuery<kBytes> queries[2] = {ShortQuery<kBytes>(q), ShortQuery<kBytes>(q + (kHeads - 1) * kBytes)};
  const auto octave = static_cast<int32_t>(highest_octave(codes, length));
  __m512i factor[kHeads];
  __m512i shift_but_one[kHeads];
  __m512i largest[kHeads];
  bool all_right[kHeads];
  for (size_t h = 0; h < kHeads; ++h) {
    factor[h] = _mm512_set1_epi32(m[h].mantissa);
    shift_but_one[h] = _mm512_set1_epi32(m[h].shift - 1);
    largest[h] = _mm512_set1_epi32(INT32_MIN);
    all_right[h] = m[h].shift > octave;
  }
  for (size_t t = 0; t < length; t += 16) {
    const __mmask16 there = first_words(length - t);
    const __mmask16 stored = kEnds == Ends::kPadded ? __mmask16{0xffff} : there;
    const __m512i code = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(stored, codes + t));
    const __m512i size = mantissas(code);
    const __m512i less = octaves(code);
    __m512i key[kBytes / 4];
    for (size_t k = 0; k < kBytes / 4; ++k) {
      const __mmask64 bytes = kEnds == Ends::kPadded ? ~uint64_t{0} : bytes_behind(k * kWidth, (length - t) * kBytes);
      key[k] = plus_128(_mm512_maskz_loadu_epi8(bytes, keys + t * kBytes + k * kWidth));
    }
    for (size_t h = 0; h < kHeads; ++h) {
      const __m512i v = mul_high(_mm512_mullo_epi32(queries[h](key), size), factor[h]);
      const __m512i by = _mm512_sub_epi32(shift_but_one[h], less);
      const __m512i score = all_right[h] ? shifted_right(v, by) : shifted_either_way(v, by);
      largest[h] = _mm512_mask_max_epi32(largest[h], there, largest[h], score);
      _mm512_mask_storeu_epi32(y[h] + t, stored, score);
    }
  }
  for (size_t h = 0; h < kHeads; ++h) most[h] = _mm512_reduce_max_epi32(largest[h]);
}

THIMBLE_AVX512 int32_t largest_score(const int32_t* y, size_t length) {
  __m512i most = _mm512_set1_epi32(y[0]);
  for_each_16(
      length, [&](size_t t, __mmask16 there) __attribute__((always_inline)) {
        most = _mm512_mask_max_epi32(most, there, most, _mm512_maskz_loadu_epi32(there, y + t));
      });
  return _mm512_reduce_max_epi32(most);
}

// How far 32 scores, of which `there` are, lie below the largest, at most 2^16 - 1: 16 octaves are as good as none.
THIMBLE_AVX512 __m512i distances(__m512i most, const int32_t* y, __mmask32 there) {
  const auto low_there = static_cast<__mmask16>(there);
  const auto high_there = static_cast<__mmask16>(there >> 16);
  const __m512i low = _mm512_sub_epi32(most, _mm512_maskz_loadu_epi32(low_there, y));
  const __m512i high = _mm512_sub_epi32(most, _mm512_maskz_loadu_epi32(high_there, y + 16));
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  return _mm512_permutexvar_epi64(order, to_halves(low, high));
}

static_assert(kExp2Steps == 256 && kWeightShift == 5);

// 32 positions at a time: exponentials, mantissas and weights all fit 16 bits. `most`: the largest scores; octave: the
// highest of the codes. Leaves the sums of the exponentials; where memory is padded, weights of 0.
template <Ends kEnds, size_t kHeads>
THIMBLE_AVX512 void weigh(uint16_t* const (&a)[kHeads], const int32_t* const (&y)[kHeads],
                          const int32_t (&most)[kHeads], uint32_t octave, const uint8_t* codes, size_t length,
                          uint32_t (&sums)[kHeads]) {
  const __m512i highest = _mm512_set1_epi16(static_cast<short>(octave));
  const Table<kExp2Steps> exp2(kExp2Table);
  __m512i low_sums[kHeads] = {};  // of the exponentials' bytes
  __m512i high_sums[kHeads] = {};
  for (size_t t = 0; t < length; t += 32) {
    const size_t left = length - t;
    const auto there = static_cast<__mmask32>(first_bytes(left < 32 ? left : 32));
    const __mmask32 stored = kEnds == Ends::kExact ? there : left > 16 ? ~uint32_t{0} : uint32_t{0xffff};
    const __m512i code = _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(there, codes + t));
    // p times the code's mantissa / 2^(kWeightShift - 1), and less by its octaves; then half, rounded
    const __m512i factor = _mm512_or_si512(_mm512_slli_epi16(code, 12), _mm512_set1_epi16(-0x8000));
    const __m512i below = _mm512_sub_epi16(highest, _mm512_srli_epi16(code, 3));
    for (size_t h = 0; h < kHeads; ++h) {
      const __m512i distance = distances(_mm512_set1_epi32(most[h]), y[h] + t, there);
      // vpsrlvw by 16 and more leaves 0
      const __m512i p = _mm512_maskz_srlv_epi16(there, exp2(distance), _mm512_srli_epi16(distance, kScoreFraction));
      add_byte_products(&low_sums[h], p, _mm512_set1_epi16(0x0001));
      add_byte_products(&high_sums[h], p, _mm512_set1_epi16(0x0100));
      const __m512i twice = _mm512_srlv_epi16(_mm512_mulhi_epu16(p, factor), below);
      _mm512_mask_storeu_epi16(a[h] + t, stored, _mm512_avg_epu16(twice, _mm512_setzero_si512()));
    }
  }
  for (size_t h = 0; h < kHeads; ++h) {
    const __m512i both = _mm512_add_epi32(low_sums[h], _mm512_slli_epi32(high_sums[h], 8));
    sums[h] = static_cast<uint32_t>(_mm512_reduce_add_epi32(both));
  }
}

// Sums of kRows rows of values for each of the weights, over `count` positions, at most kMixBlock. Lane r: row r.
template <Ends kEnds, size_t kRows, size_t kHeads>
THIMBLE_AVX512 void mix_rows(const int8_t* values, size_t stride, const uint16_t* const (&a)[kHeads], size_t first,
                             size_t count, __m256i (&result)[kHeads]) {
  __m256i sums[kHeads][8] = {};
  for (size_t t = first; t < first + count; t += 16) {
    const __mmask16 there = kEnds == Ends::kPadded ? __mmask16{0xffff} : first_words(first + count - t);
    __m256i weights[kHeads];
    for (size_t h = 0; h < kHeads; ++h) weights[h] = _mm256_maskz_loadu_epi16(there, a[h] + t);
    for (size_t r = 0; r < kRows; ++r) {
      // rows are padded to 16 positions
      const auto* row = reinterpret_cast<const __m128i*>(values + r * stride + t);
      const __m256i v = _mm256_cvtepi8_epi16(_mm_loadu_si128(row));
      for (size_t h = 0; h < kHeads; ++h) add_pair_products(&sums[h][r], v, weights[h]);
    }
  }
  for (size_t h = 0; h < kHeads; ++h) result[h] = sum_short_rows(sums[h]);
}

// kRows rows of values for each of the weights; out_stride from one's results to the other's.
template <Ends kEnds, size_t kRows, size_t kHeads>
THIMBLE_AVX512 void mix(int32_t* out, size_t out_stride, const int8_t* values, size_t stride,
                        const uint16_t* const (&a)[kHeads], size_t length, const int32_t (&shift)[kHeads]) {
  if (length <= kMixBlock) {
    __m256i sums[kHeads];
    mix_rows<kEnds, kRows>(values, stride, a, 0, length, sums);
    for (size_t h = 0; h < kHeads; ++h) {
      avx2::store(out + h * out_stride, _mm256_sra_epi32(sums[h], _mm_cvtsi32_si128(shift[h])), kRows);
    }
    return;
  }
  __m512i sums[kHeads] = {};  // 64 bits each
  for (size_t t = 0; t < length; t += kMixBlock) {
    __m256i block[kHeads];
    mix_rows<kEnds, kRows>(values, stride, a, t, length - t < kMixBlock ? length - t : kMixBlock, block);
    for (size_t h = 0; h < kHeads; ++h) sums[h] = _mm512_add_epi64(sums[h], _mm512_cvtepi32_epi64(block[h]));
  }
  for (size_t h = 0; h < kHeads; ++h) {
    avx2::store(out + h * out_stride, _mm512_cvtepi64_epi32(_mm512_sra_epi64(sums[h], _mm_cvtsi32_si128(shift[h]))),
                kRows);
  }
}

// All rows of a head.
template <Ends kEnds, size_t kHeads>
THIMBLE_AVX512 void mix_head(int32_t* out, const int8_t* values, size_t stride, const uint16_t* const (&a)[kHeads],
                             size_t head_dim, size_t length, const int32_t (&shift)[kHeads]) {
  size_t d = 0;
  for (; d + 8 <= head_dim; d += 8) mix<kEnds, 8>(out + d, head_dim, values + d * stride, stride, a, length, shift);
  for (; d < head_dim; ++d) mix<kEnds, 1>(out + d, head_dim, values + d * stride, stride, a, length, shift);
}

}  // namespace

void scores_i8_avx512(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                      size_t /*head_dim*/, size_t length, Multiplier m) {
  int32_t* const to[1] = {y};
  int32_t most[1];
  if (key_stride == 8) return score_short_keys<Ends::kExact, 8>(to, keys, codes, q, length, &m, most);
  if (key_stride == 16) return score_short_keys<Ends::kExact, 16>(to, keys, codes, q, length, &m, most);
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
  size_t t = 0;
  for (; t + 8 <= length; t += 8) finish(t, dots<8>(keys + t * key_stride, key_stride, q), 8);
  for (; t < length; ++t) finish(t, dots<1>(keys + t * key_stride, key_stride, q), 1);
}

AttentionWeights weigh_i8_avx512(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length) {
  const int32_t most[1] = {largest_score(y, length)};
  AttentionWeights result{.sum = 0, .octave = highest_octave(codes, length)};
  uint16_t* const to[1] = {a};
  const int32_t* const from[1] = {y};
  uint32_t sums[1];
  weigh<Ends::kExact>(to, from, most, result.octave, codes, length, sums);
  result.sum = sums[0];
  return result;
}

void mix_i8_avx512(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                   size_t length, int32_t shift) {
  const uint16_t* const weights[1] = {a};
  mix_head<Ends::kExact>(out, values, value_stride, weights, head_dim, length, {shift});
}

namespace {

// The largest number of positions for which eight heads go together: what each has between the steps is on the stack.
constexpr size_t kMostTogether = 512;

// The keys and values of a kv head.
struct OneHead {
  const int8_t* keys;
  const int8_t* values;
  const uint8_t* key_codes;
  const uint8_t* value_codes;
};

// What query heads have between the steps, `stride` elements from one to the next.
struct Workspace {
  int32_t* scores;
  uint16_t* weights;
  size_t stride;
};

// m: of scores. Leaves the largest scores.
template <size_t kHeads>
THIMBLE_AVX512 void score(int32_t* const (&y)[kHeads], const OneHead& kv, const HeadCache& cache, const int8_t* q,
                          size_t length, const Multiplier* m, int32_t (&most)[kHeads]) {
  const size_t stride = cache.key_stride;
  if (stride == 8) return score_short_keys<Ends::kPadded, 8>(y, kv.keys, kv.key_codes, q, length, m, most);
  if (stride == 16) return score_short_keys<Ends::kPadded, 16>(y, kv.keys, kv.key_codes, q, length, m, most);
  for (size_t h = 0; h < kHeads; ++h) {
    scores_i8_avx512(y[h], kv.keys, stride, kv.key_codes, q + h * stride, cache.head_dim, length, m[h]);
    most[h] = largest_score(y[h], length);
  }
}

// Calls step(h, kv, count) for query heads h .. h + count - 1, two where two share a kv head, up to `last`.
template <class Step>
THIMBLE_AVX512 void for_each_pair(size_t first, size_t last, const HeadQueries& queries, const HeadCache& cache,
                                  const Step& step) {
  const auto kv_head = [&](size_t h) { return (queries.first_head + h) / queries.heads_per_kv; };
  for (size_t h = first; h < last;) {
    const size_t at = kv_head(h) * cache.positions;
    const OneHead kv = {cache.keys + at * cache.key_stride, cache.values + at * cache.head_dim, cache.key_codes + at,
                        cache.value_codes + at};
    if (h + 1 < last && kv_head(h + 1) == kv_head(h)) {
      step(h, kv, std::integral_constant<size_t, 2>());
      h += 2;
    } else {
      step(h, kv, std::integral_constant<size_t, 1>());
      ++h;
    }
  }
}

// Query heads first .. last - 1, at most eight. m and sums: of these heads.
THIMBLE_AVX512 void attend_together(int32_t* out, AttentionWeights* sums, size_t first, size_t last,
                                    const HeadQueries& queries, const HeadCache& cache, size_t length,
                                    const Multiplier* m, const Workspace& work) {
  int32_t most[kTogether];
  const auto score_pair = [&](size_t h, const OneHead& kv, auto count) __attribute__((always_inline)) {
    const size_t i = h - first;
    int32_t* y[count];
    int32_t largest[count];
    for (size_t k = 0; k < count; ++k) y[k] = work.scores + (i + k) * work.stride;
    score<count>(y, kv, cache, queries.narrow + h * cache.key_stride, length, m + i, largest);
    for (size_t k = 0; k < count; ++k) most[i + k] = largest[k];
  };
  const auto weigh_pair = [&](size_t h, const OneHead& kv, auto count) __attribute__((always_inline)) {
    const size_t i = h - first;
    uint16_t* a[count];
    const int32_t* y[count];
    int32_t largest[count];
    uint32_t sum[count];
    for (size_t k = 0; k < count; ++k) {
      a[k] = work.weights + (i + k) * work.stride;
      y[k] = work.scores + (i + k) * work.stride;
      largest[k] = most[i + k];
    }
    const uint32_t octave = highest_octave(kv.value_codes, length);
    weigh<Ends::kPadded>(a, y, largest, octave, kv.value_codes, length, sum);
    for (size_t k = 0; k < count; ++k) sums[i + k] = {sum[k], octave};
  };
  const auto mix_pair = [&](size_t h, const OneHead& kv, auto count) __attribute__((always_inline)) {
    const size_t i = h - first;
    const uint16_t* a[count];
    int32_t shift[count];
    for (size_t k = 0; k < count; ++k) {
      a[k] = work.weights + (i + k) * work.stride;
      shift[k] = kWeightSumBits - std::countl_zero(sums[i + k].sum);
    }
    mix_head<Ends::kPadded>(out + h * cache.head_dim, kv.values, cache.positions, a, cache.head_dim, length, shift);
  };
  for_each_pair(first, last, queries, cache, score_pair);
  for_each_pair(first, last, queries, cache, weigh_pair);
  for_each_pair(first, last, queries, cache, mix_pair);
}

}  // namespace

void attend_avx512(int32_t* out, Scale* scales, const HeadQueries& queries, const HeadCache& cache, size_t length,
                   Scale score_scale, int32_t* scores, uint16_t* weights) {
  static_assert(sizeof(AttentionWeights) == 8);
  int32_t more_scores[kTogether * kMostTogether];
  uint16_t more_weights[kTogether * kMostTogether];
  const bool together = length <= kMostTogether;
  const Workspace work =
      together ? Workspace{more_scores, more_weights, round_up<size_t>(length, 32)} : Workspace{scores, weights, 0};
  for_each_8(
      queries.n_heads, [&](size_t first, size_t count, __mmask8 there) __attribute__((always_inline)) {
        Multiplier m[kTogether];
        AttentionWeights sums[kTogether] = {};
        _mm512_storeu_si512(m, multipliers_of(load_scales(scales + first, there) * all_the_same(score_scale)));
        const size_t at_once = together ? count : 1;
        for (size_t i = 0; i < count; i += at_once) {
          const size_t h = first + i;
          attend_together(out, sums + i, h, h + at_once, queries, cache, length, m + i, work);
        }
        const __m512i both = _mm512_loadu_si512(sums);
        const __m512i octave = _mm512_srli_epi64(both, 32);
        const Scales sum = make_scales(_mm512_cvtepi64_epi32(both));
        // 16 bits less the zeros in front of the sum, which are -exponent
        const __m512i shift = _mm512_add_epi64(lanes(kWeightSumBits), sum.exponent);
        const __m512i exponent = _mm512_add_epi64(_mm512_add_epi64(shift, octave), lanes(kWeightShift + kCodeExponent));
        store_scales(scales + first, there, shifted_by(reciprocals(sum), exponent));
      });
}

}  // namespace thimble
