// The oracle of kernels/heads.h: the oracle's kernels, head by head.

#include <bit>

#include "kernels/ref/ref_kernels.h"

namespace thimble {
namespace {

// Finds the code of a head, and returns what brings its elements to that scale.
Multiplier to_cached_scale(const int32_t* head, size_t head_dim, Scale unit, uint8_t* code) {
  *code = code_at_least(narrow_scale(unit, max_abs_i32_ref(head, head_dim)));
  return multiplier_of(unit * reciprocal(scale_of_code(*code)));
}

void store_queries(int8_t* out, size_t key_stride, Scale* scales, int32_t* x, const int32_t* cos_sin, size_t n_heads,
                   size_t head_dim, Scale unit) {
  rope_i32_ref(x, cos_sin, n_heads, head_dim);
  for (size_t h = 0; h < n_heads; ++h) {
    scales[h] = narrow_scale(unit, quantize_i8_ref(out + h * key_stride, x + h * head_dim, head_dim, key_stride));
  }
}

void store_keys(const HeadCache& cache, size_t position, int32_t* x, const int32_t* cos_sin, size_t n_heads,
                Scale unit) {
  rope_i32_ref(x, cos_sin, n_heads, cache.head_dim);
  for (size_t h = 0; h < n_heads; ++h) {
    const int32_t* head = x + h * cache.head_dim;
    const size_t at = h * cache.positions + position;
    const Multiplier m = to_cached_scale(head, cache.head_dim, unit, &cache.key_codes[at]);
    rescale_i8_ref(cache.keys + at * cache.key_stride, head, cache.head_dim, cache.key_stride, m);
  }
}

void store_values(const HeadCache& cache, size_t position, const int32_t* x, size_t n_heads, Scale unit) {
  for (size_t h = 0; h < n_heads; ++h) {
    const int32_t* head = x + h * cache.head_dim;
    const Multiplier m =
        to_cached_scale(head, cache.head_dim, unit, &cache.value_codes[h * cache.positions + position]);
    int8_t* column = cache.values + h * cache.head_dim * cache.positions + position;
    for (size_t d = 0; d < cache.head_dim; ++d) column[d * cache.positions] = narrowed(head[d], m);
  }
}

void attend(int32_t* out, Scale* scales, const HeadQueries& queries, const HeadCache& cache, size_t length,
            Scale score_scale, int32_t* scores, uint16_t* weights) {
  const size_t head_dim = cache.head_dim;
  for (size_t h = 0; h < queries.n_heads; ++h) {
    const size_t first = (queries.first_head + h) / queries.heads_per_kv * cache.positions;
    scores_i8_ref(scores, cache.keys + first * cache.key_stride, cache.key_stride, cache.key_codes + first,
                  queries.narrow + h * cache.key_stride, head_dim, length, multiplier_of(scales[h] * score_scale));
    const AttentionWeights sums = weigh_i8_ref(weights, scores, cache.value_codes + first, length);
    const int32_t shift = kWeightSumBits - std::countl_zero(sums.sum);
    mix_i8_ref(out + h * head_dim, cache.values + first * head_dim, cache.positions, weights, head_dim, length, shift);
    const int32_t unit = static_cast<int32_t>(sums.octave) + kWeightShift + kCodeExponent;
    scales[h] = shifted_by(reciprocal(make_scale(sums.sum)), shift + unit);
  }
}

void attend_f32(const FloatQueries& queries, const FloatCache& cache, size_t length, float scale, float* weights) {
  const size_t head_dim = cache.head_dim;
  for (size_t h = 0; h < queries.n_heads; ++h) {
    const size_t first = (queries.first_head + h) / queries.heads_per_kv * cache.positions;
    float* x = queries.x + h * head_dim;
    matmul_f32_ref(cache.keys + first * cache.key_stride, cache.key_stride, x, head_dim, weights, length, length,
                   head_dim, 1);
    softmax_f32_ref(weights, length, scale);
    matmul_f32_ref(cache.values + first * head_dim, cache.positions, weights, length, x, head_dim, head_dim, length, 1);
  }
}

Scale gather(int8_t* out, size_t padded, const int32_t* x, const Scale* scales, size_t n_heads, size_t head_dim) {
  Scale largest;
  for (size_t h = 0; h < n_heads; ++h) {
    const Scale reach = scales[h] * make_scale(max_abs_i32_ref(x + h * head_dim, head_dim));
    if (largest < reach) largest = reach;
  }
  const Scale scale = narrow_scale(largest, 1);
  for (size_t h = 0; h < n_heads; ++h) {
    rescale_i8_ref(out + h * head_dim, x + h * head_dim, head_dim, head_dim,
                   multiplier_of(scales[h] * reciprocal(scale)));
  }
  for (size_t i = n_heads * head_dim; i < padded; ++i) out[i] = 0;
  return scale;
}

}  // namespace

const HeadKernels kRefHeadKernels = {store_queries, store_keys, store_values, attend, attend_f32, gather};

}  // namespace thimble
