// Kernels for all heads of a layer in one call, for integer models with a cache of int8, and for attention over a cache
// of f32: what the engine otherwise does head by head with the kernels of kernels.h, to the same bits. With short heads
// a call of a kernel costs as much as its work, and the scale of a head more than its elements; here the scales of
// several heads are a vector.
//
// The preconditions of kernels.h hold. Scales are unique: that of zeros is Scale{}.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/scale.h"

namespace thimble {

// The cache of int8 of some kv heads of a layer.
struct HeadCache {
  int8_t* keys;          // [kv heads, positions, key_stride], zero behind the head_dim elements of a key
  int8_t* values;        // [kv heads, head_dim, positions]
  uint8_t* key_codes;    // [kv heads, positions]
  uint8_t* value_codes;  // [kv heads, positions]
  size_t positions;      // a multiple of 16
  size_t key_stride;     // head_dim, rounded up to a multiple of 8
  size_t head_dim;       // even, at most 8192
};

// What attend() computes with besides the cache. heads_per_kv query heads in a row share a kv head.
struct HeadQueries {
  const int8_t* narrow;  // [n_heads, key_stride of the cache], as store_queries leaves them
  size_t first_head;     // of the query heads that the cache counts from: head h has kv head h / heads_per_kv
  size_t n_heads;        // heads first_head .. first_head + n_heads - 1; `narrow` begins with the first of them
  size_t heads_per_kv;
};

// The cache of f32 of all kv heads of a layer.
struct FloatCache {
  const float* keys;    // [kv heads, positions, key_stride]
  const float* values;  // [kv heads, head_dim, positions]
  size_t positions;     // a multiple of 4
  size_t key_stride;    // head_dim, rounded up to a multiple of 4
  size_t head_dim;      // even
};

// The query heads of attend_f32(), as in HeadQueries.
struct FloatQueries {
  float* x;  // [n_heads, head_dim]
  size_t first_head;
  size_t n_heads;
  size_t heads_per_kv;
};

struct HeadKernels {
  // x: [n_heads, head_dim] wide, rotated in place (rope_i32). Head h of out, [n_heads, key_stride], is narrow
  // (quantize_i8), and scales[h] is narrow_scale(unit, largest of the rotated head).
  void (*store_queries)(int8_t* out, size_t key_stride, Scale* scales, int32_t* x, const int32_t* cos_sin,
                        size_t n_heads, size_t head_dim, Scale unit);

  // The same heads of x as keys of a position: rotated in place; key_codes[h] = code_at_least(narrow_scale(unit,
  // largest)), and the key is rescale_i8 with the multiplier of unit / scale_of_code(code).
  void (*store_keys)(const HeadCache& cache, size_t position, int32_t* x, const int32_t* cos_sin, size_t n_heads,
                     Scale unit);

  // The same as values, which are not rotated.
  void (*store_values)(const HeadCache& cache, size_t position, const int32_t* x, size_t n_heads, Scale unit);

  // scores_i8, weigh_i8 and mix_i8 over positions 0 .. length - 1 for each head: the multiplier of the scores is that
  // of scales[h] * score_scale, the mix is shifted right by kWeightSumBits less the leading zeros of the weights' sum.
  // out: [n_heads, head_dim] wide. scales[h] becomes its scale: 2^(shift + octave + kWeightShift + kCodeExponent) /
  // sum. scores, weights: [positions] each, to work with. length 1..65536.
  void (*attend)(int32_t* out, Scale* scales, const HeadQueries& queries, const HeadCache& cache, size_t length,
                 Scale score_scale, int32_t* scores, uint16_t* weights);

  // Each head of x becomes the mix of the values: matmul_f32 of the keys with it, softmax_f32 with `scale`, matmul_f32
  // of the values with that, over positions 0 .. length - 1. weights: [positions], to work with. length >= 1.
  void (*attend_f32)(const FloatQueries& queries, const FloatCache& cache, size_t length, float scale, float* weights);

  // out: the heads of x, [n_heads, head_dim] wide, as one narrow vector, zero up to `padded`: each element is
  // rescale_i8 of its head with the multiplier of scales[h] / the scale that is returned, which is narrow_scale(V, 1),
  // V the largest scales[h] * largest element of head h.
  Scale (*gather)(int8_t* out, size_t padded, const int32_t* x, const Scale* scales, size_t n_heads, size_t head_dim);
};

}  // namespace thimble
