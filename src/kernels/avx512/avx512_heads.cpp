// What stands before and behind the attention of all heads, eight heads at a time: their largest elements meet in one
// register, their scales are a vector, and only the elements of a head are multiplied head by head.

#include "kernels/avx512/avx512_kernels.h"
#include "kernels/avx512/avx512_scales.h"
#include "kernels/narrow.h"

namespace thimble {

using namespace avx512;

namespace {

// Lane h: the largest |x| of head h of `count`, at most eight; 0 for the others.
THIMBLE_AVX512 __m256i largest_of(const int32_t* x, size_t head_dim, size_t count) {
  __m256i most[kTogether] = {};
  for (size_t h = 0; h < kTogether; ++h) {
    if (h >= count) break;
    for (size_t d = 0; d < head_dim; d += avx2::kWidth) {
      most[h] = _mm256_max_epu32(most[h], _mm256_abs_epi32(avx2::load(x + h * head_dim + d, head_dim - d)));
    }
  }
  return reduce_short_rows(
      most, [](__m256i a, __m256i b) __attribute__((always_inline)) { return _mm256_max_epu32(a, b); });
}

// Eight elements as bytes, of which `left` are stored.
THIMBLE_AVX512 void store_bytes(int8_t* out, __m256i v, size_t left) {
  if (left >= avx2::kWidth) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm256_cvtepi32_epi8(v));
  } else {
    _mm256_mask_cvtepi32_storeu_epi8(out, static_cast<__mmask8>(first_words(left)), v);
  }
}

// narrowed() of eight.
THIMBLE_AVX512 __m256i narrowed(__m256i x, Multiplier m) {
  const __m256i y = avx2::shifted(avx2::mul_high(x, _mm256_set1_epi32(m.mantissa)), _mm256_set1_epi32(m.shift));
  return _mm256_max_epi32(_mm256_min_epi32(y, _mm256_set1_epi32(127)), _mm256_set1_epi32(-127));
}

// Calls step(h, head, code, m) for each head: the code of its scale in the cache, and what brings it to that scale.
template <class Step>
THIMBLE_AVX512 void for_each_coded_head(const int32_t* x, size_t n_heads, size_t head_dim, Scale unit,
                                        const Step& step) {
  for_each_8(
      n_heads, [&](size_t first, size_t count, __mmask8) __attribute__((always_inline)) {
        const int32_t* heads = x + first * head_dim;
        const Scales units = all_the_same(unit);
        const Scales reach = units * make_scales(largest_of(heads, head_dim, count));
        const __m512i code = codes_at_least(narrow_scales(reach));
        uint64_t codes[kTogether];
        Multiplier m[kTogether];
        _mm512_storeu_si512(codes, code);
        _mm512_storeu_si512(m, multipliers_of(units * reciprocals_of_codes(code)));
        for (size_t h = 0; h < count; ++h) {
          step(first + h, heads + h * head_dim, static_cast<uint8_t>(codes[h]), m[h]);
        }
      });
}

void store_queries(int8_t* out, size_t key_stride, Scale* scales, int32_t* x, const int32_t* cos_sin, size_t n_heads,
                   size_t head_dim, Scale unit) {
  rope_i32_avx2(x, cos_sin, n_heads, head_dim);
  const Scales units = all_the_same(unit);
  const __m256i half = _mm256_set1_epi32(1 << (kNarrowFraction - 1));
  for_each_8(
      n_heads, [&](size_t first, size_t count, __mmask8 there) __attribute__((always_inline)) {
        const int32_t* heads = x + first * head_dim;
        const __m256i largest = largest_of(heads, head_dim, count);
        const Scales sizes = make_scales(largest);
        store_scales(scales + first, there, narrow_scales(units * sizes));
        const Narrowings narrow = narrowings(sizes);
        Multiplier m[kTogether];
        _mm512_storeu_si512(m, pairs(narrow.factor, narrow.lift));
        for (size_t h = 0; h < count; ++h) {
          int8_t* to = out + (first + h) * key_stride;
          const __m256i times = _mm256_set1_epi32(m[h].mantissa);
          const __m128i by = _mm_cvtsi32_si128(m[h].shift);
          for (size_t d = 0; d < head_dim; d += avx2::kWidth) {
            const __m256i lifted = _mm256_sll_epi32(avx2::load(heads + h * head_dim + d, head_dim - d), by);
            const __m256i rounded = _mm256_add_epi32(avx2::mul_high(lifted, times), half);
            store_bytes(to + d, _mm256_srai_epi32(rounded, kNarrowFraction), head_dim - d);
          }
          zero_behind(to, head_dim, key_stride);
        }
      });
}

void store_keys(const HeadCache& cache, size_t position, int32_t* x, const int32_t* cos_sin, size_t n_heads,
                Scale unit) {
  const size_t head_dim = cache.head_dim;
  rope_i32_avx2(x, cos_sin, n_heads, head_dim);
  for_each_coded_head(
      x, n_heads, head_dim,
      unit, [&](size_t h, const int32_t* head, uint8_t code, Multiplier m) __attribute__((always_inline)) {
        const size_t at = h * cache.positions + position;
        cache.key_codes[at] = code;
        int8_t* key = cache.keys + at * cache.key_stride;
        for (size_t d = 0; d < head_dim; d += avx2::kWidth) {
          store_bytes(key + d, narrowed(avx2::load(head + d, head_dim - d), m), head_dim - d);
        }
        zero_behind(key, head_dim, cache.key_stride);
      });
}

void store_values(const HeadCache& cache, size_t position, const int32_t* x, size_t n_heads, Scale unit) {
  const size_t head_dim = cache.head_dim;
  for_each_coded_head(
      x, n_heads, head_dim,
      unit, [&](size_t h, const int32_t* head, uint8_t code, Multiplier m) __attribute__((always_inline)) {
        cache.value_codes[h * cache.positions + position] = code;
        int8_t* column = cache.values + h * head_dim * cache.positions + position;
        for (size_t d = 0; d < head_dim; d += avx2::kWidth) {
          const size_t left = head_dim - d < avx2::kWidth ? head_dim - d : avx2::kWidth;
          int8_t bytes[avx2::kWidth];
          store_bytes(bytes, narrowed(avx2::load(head + d, left), m), avx2::kWidth);
          for (size_t i = 0; i < left; ++i) column[(d + i) * cache.positions] = bytes[i];
        }
      });
}

// Scales in an order that integers have: by exponent, then mantissa, zero the least.
THIMBLE_AVX512 __m512i in_order(const Scales& s) {
  const __mmask8 some = _mm512_test_epi64_mask(s.mantissa, s.mantissa);
  const __m512i both = _mm512_or_si512(s.mantissa, _mm512_slli_epi64(s.exponent, 32));
  return _mm512_mask_mov_epi64(lanes(INT64_MIN), some, both);
}

Scale gather(int8_t* out, size_t padded, const int32_t* x, const Scale* scales, size_t n_heads, size_t head_dim) {
  __m512i most = lanes(INT64_MIN);
  for_each_8(
      n_heads, [&](size_t first, size_t count, __mmask8 there) __attribute__((always_inline)) {
        const __m256i largest = largest_of(x + first * head_dim, head_dim, count);
        most = _mm512_max_epi64(most, in_order(load_scales(scales + first, there) * make_scales(largest)));
      });
  const int64_t largest = _mm512_reduce_max_epi64(most);
  const Scale reach =
      largest == INT64_MIN ? Scale{} : Scale{static_cast<uint32_t>(largest), static_cast<int32_t>(largest >> 32)};
  const Scales scale = narrow_scales(all_the_same(reach));
  const Scales to_narrow = reciprocals(scale);
  for_each_8(
      n_heads, [&](size_t first, size_t count, __mmask8 there) __attribute__((always_inline)) {
        Multiplier m[kTogether];
        _mm512_storeu_si512(m, multipliers_of(load_scales(scales + first, there) * to_narrow));
        for (size_t h = 0; h < count; ++h) {
          const size_t at = (first + h) * head_dim;
          for (size_t d = 0; d < head_dim; d += avx2::kWidth) {
            store_bytes(out + at + d, narrowed(avx2::load(x + at + d, head_dim - d), m[h]), head_dim - d);
          }
        }
      });
  zero_behind(out, n_heads * head_dim, padded);
  Scale result;
  store_scales(&result, 1, scale);
  return result;
}

}  // namespace

const HeadKernels kAvx512HeadKernels = {store_queries, store_keys,        store_values,
                                        attend_avx512, attend_f32_avx512, gather};
const HeadKernels kAvx512IfmaHeadKernels = {store_queries,         store_keys, store_values, attend_avx512,
                                            attend_f32_avx512ifma, gather};

}  // namespace thimble
