// The kernels for all heads of the checked set. The oracle has a cache of its own, of one position.

#include "kernels/checked/comparison.h"
#include "kernels/ref/ref_kernels.h"

namespace thimble::checked {
namespace {

// Of one position, for heads as those of `cache`.
HeadCache cache_of_one(const HeadCache& cache) {
  return {copy<int8_t>(), copy<int8_t>(), copy<uint8_t>(), copy<uint8_t>(), 1, cache.key_stride, cache.head_dim};
}

void store_queries(int8_t* out, size_t key_stride, Scale* scales, int32_t* x, const int32_t* cos_sin, size_t n_heads,
                   size_t head_dim, Scale unit) {
  save(x, n_heads * head_dim);
  inner().heads->store_queries(out, key_stride, scales, x, cos_sin, n_heads, head_dim, unit);
  kRefHeadKernels.store_queries(copy<int8_t>(), key_stride, copy<Scale>(), copy<int32_t>(), cos_sin, n_heads, head_dim,
                                unit);
  expect(equal_bits(copy<int32_t>(), x, n_heads * head_dim) && equal_bits(copy<int8_t>(), out, n_heads * key_stride) &&
             equal_bits(copy<Scale>(), scales, n_heads),
         "store_queries");
}

void store_keys(const HeadCache& cache, size_t position, int32_t* x, const int32_t* cos_sin, size_t n_heads,
                Scale unit) {
  save(x, n_heads * cache.head_dim);
  inner().heads->store_keys(cache, position, x, cos_sin, n_heads, unit);
  const HeadCache own = cache_of_one(cache);
  kRefHeadKernels.store_keys(own, 0, copy<int32_t>(), cos_sin, n_heads, unit);
  bool equal = equal_bits(copy<int32_t>(), x, n_heads * cache.head_dim);
  for (size_t h = 0; h < n_heads; ++h) {
    const size_t at = h * cache.positions + position;
    equal = equal && cache.key_codes[at] == own.key_codes[h] &&
            equal_bits(own.keys + h * cache.key_stride, cache.keys + at * cache.key_stride, cache.key_stride);
  }
  expect(equal, "store_keys");
}

void store_values(const HeadCache& cache, size_t position, const int32_t* x, size_t n_heads, Scale unit) {
  inner().heads->store_values(cache, position, x, n_heads, unit);
  const HeadCache own = cache_of_one(cache);
  kRefHeadKernels.store_values(own, 0, x, n_heads, unit);
  bool equal = true;
  for (size_t h = 0; h < n_heads; ++h) {
    equal = equal && cache.value_codes[h * cache.positions + position] == own.value_codes[h];
  }
  for (size_t i = 0; i < n_heads * cache.head_dim; ++i) {
    equal = equal && cache.values[i * cache.positions + position] == own.values[i];
  }
  expect(equal, "store_values");
}

void attend(int32_t* out, Scale* scales, const HeadQueries& queries, const HeadCache& cache, size_t length,
            Scale score_scale, int32_t* scores, uint16_t* weights) {
  save(scales, queries.n_heads);
  inner().heads->attend(out, scales, queries, cache, length, score_scale, scores, weights);
  kRefHeadKernels.attend(copy<int32_t>(), copy<Scale>(), queries, cache, length, score_scale, scores, weights);
  expect(equal_bits(copy<int32_t>(), out, queries.n_heads * cache.head_dim) &&
             equal_bits(copy<Scale>(), scales, queries.n_heads),
         "attend");
}

void attend_f32(const FloatQueries& queries, const FloatCache& cache, size_t length, float scale, float* weights) {
  const size_t n = queries.n_heads * cache.head_dim;
  save(queries.x, n);
  inner().heads->attend_f32(queries, cache, length, scale, weights);
  const FloatQueries own = {copy<float>(), queries.first_head, queries.n_heads, queries.heads_per_kv};
  kRefHeadKernels.attend_f32(own, cache, length, scale, weights);
  expect(equal_bits(copy<float>(), queries.x, n), "attend_f32");
}

Scale gather(int8_t* out, size_t padded, const int32_t* x, const Scale* scales, size_t n_heads, size_t head_dim) {
  const Scale scale = inner().heads->gather(out, padded, x, scales, n_heads, head_dim);
  const Scale expected = kRefHeadKernels.gather(copy<int8_t>(), padded, x, scales, n_heads, head_dim);
  expect(equal_bits(&expected, &scale, 1) && equal_bits(copy<int8_t>(), out, padded), "gather");
  return scale;
}

}  // namespace

const HeadKernels kHeads = {store_queries, store_keys, store_values, attend, attend_f32, gather};

}  // namespace thimble::checked
