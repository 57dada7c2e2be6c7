// Attention of floats, two heads of queries that share a kv head at a time: the eight lanes of a sum are half a
// register, and each head has a half. A key or value that is loaded serves both, and there is one reciprocal for two.
// Pairs go through scores, softmax and mix side by side, so that one computes while another waits for its sums.

#include "kernels/avx512/avx512_exp.h"
#include "kernels/avx512/avx512_kernels.h"

namespace thimble {

using namespace avx512;

namespace {

// The largest number of positions for which heads go by pairs, whose weights are on the stack.
constexpr size_t kMostInPairs = 512;
constexpr size_t kMostPairs = 4;

struct Pair {
  float* x;  // of both heads
  const float* keys;
  const float* values;
  __m512 max;                        // of the scores, in all lanes of a half
  __m512 inverse;                    // of the sum of the exponentials, likewise
  __m512 weights[kMostInPairs / 8];  // first scores, then their exponentials
};

THIMBLE_AVX512 __m512 lowest() { return _mm512_set1_ps(-__builtin_inff()); }

// Eight neighbours, and fewer.
struct Whole {
  static constexpr size_t count = 8;
  THIMBLE_AVX512 __m256 load(const float* p) const { return _mm256_loadu_ps(p); }
  THIMBLE_AVX512 void store(float* p, __m256 v) const { _mm256_storeu_ps(p, v); }
  // Two of the rows of eight elements at p.
  THIMBLE_AVX512 __m512 load_two_rows(const float* p, size_t row) const { return _mm512_loadu_ps(p + row * 8); }
  // For each half of v: eight scores, of which those that are not there become the lowest.
  THIMBLE_AVX512 __m512 scores(__m512 v) const { return v; }
};
struct Rest {
  size_t count;  // 1..7
  THIMBLE_AVX512 __mmask8 there() const { return static_cast<__mmask8>(first_words(count)); }
  THIMBLE_AVX512 __m256 load(const float* p) const { return _mm256_maskz_loadu_ps(there(), p); }
  THIMBLE_AVX512 void store(float* p, __m256 v) const { _mm256_mask_storeu_ps(p, there(), v); }
  THIMBLE_AVX512 __m512 load_two_rows(const float* p, size_t row) const {
    return _mm512_maskz_loadu_ps(count > row ? first_words((count - row) * 8) : __mmask16{0}, p + row * 8);
  }
  THIMBLE_AVX512 __m512 scores(__m512 v) const {
    return _mm512_mask_mov_ps(lowest(), static_cast<__mmask16>(there() * 0x101), v);
  }
};

// Calls step(i, eight) for elements i .. i + 7 of n, or what is left of them.
template <class Step>
THIMBLE_AVX512 void for_each_8(size_t n, const Step& step) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) step(i, Whole());
  if (i < n) step(i, Rest{n - i});
}

THIMBLE_AVX512 __m512 halves(__m256 low, __m256 high) {
  return _mm512_castpd_ps(_mm512_insertf64x4(_mm512_castps_pd(_mm512_castps256_ps512(low)), _mm256_castps_pd(high), 1));
}
THIMBLE_AVX512 __m512 twice(__m256 v) { return _mm512_castpd_ps(_mm512_broadcast_f64x4(_mm256_castps_pd(v))); }

// In each lane: all lanes of its half, brought together by `join` as the tree of a sum does it.
template <class Join>
THIMBLE_AVX512 __m512 reduce_halves(__m512 v, const Join& join) {
  v = join(v, _mm512_shuffle_f32x4(v, v, 0xb1));
  v = join(v, _mm512_shuffle_ps(v, v, 0x4e));
  return join(v, _mm512_shuffle_ps(v, v, 0xb1));
}

// Sums of eight rows for two heads, where sums[r] has the lanes of row r for each: eight results for each.
THIMBLE_AVX512 __m512 add_row_trees(const __m512 (&sums)[8]) {
  return add_trees(sums, _mm512_setr_epi32(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15));
}

// Dot products of eight keys, or fewer, with two queries, which follow each other at q. (Lanes begin with a product and
// not with +0: that -0 may come out makes no difference to softmax.)
template <class Keys>
THIMBLE_AVX512 __m512 score_8(const float* keys, size_t key_stride, Keys eight, const float* q, size_t head_dim) {
  __m512 sums[8] = {};
  for_each_8(
      head_dim, [&](size_t d, auto columns) __attribute__((always_inline)) {
        const __m512 queries = halves(columns.load(q + d), columns.load(q + head_dim + d));
        for (size_t k = 0; k < 8; ++k) {
          const float* key = keys + (k < eight.count ? k : 0) * key_stride;
          sums[k] = _mm512_add_ps(sums[k], _mm512_mul_ps(twice(columns.load(key + d)), queries));
        }
      });
  return add_row_trees(sums);
}

// The same for keys of eight elements that follow each other: lanes 0..3 of four to a register, and lanes 4..7.
template <class Keys>
THIMBLE_AVX512 __m512 score_8_short(const float* keys, Keys eight, const float* q) {
  __m512 trees[4];
  for (size_t k = 0; k < 2; ++k) {
    const __m512 a = eight.load_two_rows(keys, 4 * k);
    const __m512 b = eight.load_two_rows(keys, 4 * k + 2);
    const __m512 low = _mm512_shuffle_f32x4(a, b, 0x88);
    const __m512 high = _mm512_shuffle_f32x4(a, b, 0xdd);
    for (size_t h = 0; h < 2; ++h) {
      const __m512 q_low = _mm512_broadcast_f32x4(_mm_loadu_ps(q + 8 * h));
      const __m512 q_high = _mm512_broadcast_f32x4(_mm_loadu_ps(q + 8 * h + 4));
      trees[2 * h + k] = _mm512_add_ps(_mm512_mul_ps(low, q_low), _mm512_mul_ps(high, q_high));
    }
  }
  return add_half_trees(trees, _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
}

template <bool kShort>
THIMBLE_AVX512 void find_scores(Pair* pair, const FloatCache& cache, size_t length) {
  const size_t stride = kShort ? 8 : cache.key_stride;
  __m512 most = lowest();
  for_each_8(
      length, [&](size_t t, auto eight) __attribute__((always_inline)) {
        const float* keys = pair->keys + t * stride;
        __m512 scores;
        if constexpr (kShort) {
          scores = score_8_short(keys, eight, pair->x);
        } else {
          scores = score_8(keys, stride, eight, pair->x, cache.head_dim);
        }
        pair->weights[t / 8] = eight.scores(scores);
        most = _mm512_max_ps(pair->weights[t / 8], most);
      });
  // max takes its second operand where one is NaN; whichever it takes, all weights become NaN.
  pair->max = reduce_halves(
      most, [](__m512 a, __m512 b) __attribute__((always_inline)) { return _mm512_max_ps(a, b); });
}

THIMBLE_AVX512 void exponentiate(Pair* pair, const Exp<Sign::kNegative>& exp, size_t length, __m512 scale) {
  const __m512 max = pair->max;
  __m512 sums = _mm512_setzero_ps();
  for (size_t i = 0; i < (length + 7) / 8; ++i) {
    const __m512 e = exp(_mm512_mul_ps(scale, _mm512_sub_ps(pair->weights[i], max)));
    pair->weights[i] = e;
    sums = _mm512_add_ps(sums, e);
  }
  const __m512 sum = reduce_halves(
      sums, [](__m512 a, __m512 b) __attribute__((always_inline)) { return _mm512_add_ps(a, b); });
  // Correctly rounded by definition, so the processor's own will do.
  pair->inverse = _mm512_div_ps(_mm512_set1_ps(1.0f), sum);
}

template <bool kShort>
THIMBLE_AVX512 void mix(const Pair& pair, const FloatCache& cache, size_t length) {
  const size_t head_dim = kShort ? 8 : cache.head_dim;
  const size_t positions = cache.positions;
  const __m512 inverse = pair.inverse;
  for_each_8(
      head_dim, [&](size_t d, auto rows) __attribute__((always_inline)) {
        __m512 sums[8] = {};
        for_each_8(
            length, [&](size_t t, auto eight) __attribute__((always_inline)) {
              const __m512 weight = _mm512_mul_ps(pair.weights[t / 8], inverse);
              for (size_t r = 0; r < 8; ++r) {
                const float* row = pair.values + (d + (r < rows.count ? r : 0)) * positions;
                sums[r] = _mm512_add_ps(sums[r], _mm512_mul_ps(twice(eight.load(row + t)), weight));
              }
            });
        const __m512 out = add_row_trees(sums);
        rows.store(pair.x + d, _mm512_castps512_ps256(out));
        rows.store(pair.x + head_dim + d, _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(out), 1)));
      });
}

// kShort: heads of eight elements. (Not inlined, so that the two kinds do not share registers.)
template <bool kShort>
[[gnu::noinline]] void attend_pairs_avx512ifma(Pair* pairs, size_t count, const FloatCache& cache, size_t length,
                                               float scale) {
  for (size_t i = 0; i < count; ++i) find_scores<kShort>(&pairs[i], cache, length);
  const Exp<Sign::kNegative> exp;
  for (size_t i = 0; i < count; ++i) exponentiate(&pairs[i], exp, length, _mm512_set1_ps(scale));
  for (size_t i = 0; i < count; ++i) mix<kShort>(pairs[i], cache, length);
}

}  // namespace

void attend_f32_avx512ifma(const FloatQueries& queries, const FloatCache& cache, size_t length, float scale,
                           float* weights) {
  const size_t head_dim = cache.head_dim;
  const auto kv_head = [&](size_t h) { return (queries.first_head + h) / queries.heads_per_kv; };
  Pair pairs[kMostPairs];
  size_t count = 0;
  const auto attend_these = [&] {
    head_dim == 8 ? attend_pairs_avx512ifma<true>(pairs, count, cache, length, scale)
                  : attend_pairs_avx512ifma<false>(pairs, count, cache, length, scale);
    count = 0;
  };
  for (size_t h = 0; h < queries.n_heads; ++h) {
    if (length > kMostInPairs || h + 1 == queries.n_heads || kv_head(h) != kv_head(h + 1)) {
      attend_head_avx512(queries, h, cache, length, scale, weights, softmax_f32_avx512ifma);
      continue;
    }
    const size_t first = kv_head(h) * cache.positions;
    pairs[count].x = queries.x + h * head_dim;
    pairs[count].keys = cache.keys + first * cache.key_stride;
    pairs[count].values = cache.values + first * head_dim;
    if (++count == kMostPairs) attend_these();
    ++h;
  }
  if (count > 0) attend_these();
}

}  // namespace thimble
