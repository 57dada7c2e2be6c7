// The arithmetic of base/fixed.h on eight int32 at once, and loads and stores of fewer than eight.
//
// Only files that are compiled for AVX2 may include this. All of it is always inlined: an inline function that such a
// file emitted could be what the linker takes for the rest of the program, which must run without AVX2.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "base/fixed.h"

#define THIMBLE_AVX2 [[gnu::always_inline]] inline

namespace thimble::avx2 {

inline constexpr size_t kWidth = 8;  // int32 or floats

// --- memory: `left` elements from p on, 8 at most; those that are not there are read as 0 ---

THIMBLE_AVX2 __m256i first(size_t left) {
  const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(left)), index);
}
THIMBLE_AVX2 __m256i load(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
THIMBLE_AVX2 __m256i load(const int32_t* p, size_t left) {
  return left >= kWidth ? load(p) : _mm256_maskload_epi32(p, first(left));
}
THIMBLE_AVX2 __m256 load(const float* p, size_t left) {
  return left >= kWidth ? _mm256_loadu_ps(p) : _mm256_maskload_ps(p, first(left));
}
THIMBLE_AVX2 void store(int32_t* p, __m256i v, size_t left) {
  if (left >= kWidth) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v);
  } else {
    _mm256_maskstore_epi32(p, first(left), v);
  }
}
THIMBLE_AVX2 void store(float* p, __m256 v, size_t left) {
  if (left >= kWidth) {
    _mm256_storeu_ps(p, v);
  } else {
    _mm256_maskstore_ps(p, first(left), v);
  }
}

// Bytes and halves, for which AVX2 has no masks: those at the end of a row go through memory of our own.
template <class Element>
THIMBLE_AVX2 __m128i load_small(const Element* p, size_t left) {
  static_assert(sizeof(Element) <= 2);
  __m128i v = _mm_setzero_si128();
  if (left >= kWidth) {
    __builtin_memcpy(&v, p, kWidth * sizeof(Element));
  } else {
    Element some[kWidth] = {};
    for (size_t i = 0; i < left; ++i) some[i] = p[i];
    __builtin_memcpy(&v, some, sizeof some);
  }
  return v;
}
template <class Element>
THIMBLE_AVX2 void store_small(Element* p, __m128i v, size_t left) {
  static_assert(sizeof(Element) <= 2);
  if (left >= kWidth) {
    __builtin_memcpy(p, &v, kWidth * sizeof(Element));
  } else {
    Element some[kWidth];
    __builtin_memcpy(some, &v, sizeof some);
    for (size_t i = 0; i < left; ++i) p[i] = some[i];
  }
}

// Eight int32 as int8 or as uint16, in the lower part; all of them must fit.
THIMBLE_AVX2 __m128i to_bytes(__m256i v) {
  const __m128i halves = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  return _mm_packs_epi16(halves, halves);
}
THIMBLE_AVX2 __m128i to_halves(__m256i v) {
  return _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

// --- arithmetic ---

// The odd ones of eight where the even ones were.
THIMBLE_AVX2 __m256i odd(__m256i v) { return _mm256_srli_epi64(v, 32); }
// The lower words of four 64-bit numbers, and of four others between them.
THIMBLE_AVX2 __m256i interleave(__m256i even, __m256i odd) {
  return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}
// The upper words likewise.
THIMBLE_AVX2 __m256i interleave_high(__m256i even, __m256i odd_ones) {
  return _mm256_blend_epi32(odd(even), odd_ones, 0xaa);
}

THIMBLE_AVX2 __m256i mul_high(__m256i a, __m256i b) {
  return interleave_high(_mm256_mul_epi32(a, b), _mm256_mul_epi32(odd(a), odd(b)));
}

// shifted() of base/fixed.h, by one shift for all.
class Shift {
 public:
  THIMBLE_AVX2 explicit Shift(int32_t shift) : right_(shift > 0) {
    const int32_t right = shift < 31 ? shift : 31;
    const int32_t left = shift > -30 ? -shift : 30;
    count_ = _mm_cvtsi32_si128(right_ ? right : left);
    half_or_most_ = _mm256_set1_epi32(right_ ? int32_t{1} << (right - 1) : kWideMax >> left);
  }
  THIMBLE_AVX2 __m256i operator()(__m256i x) const {
    if (right_) return _mm256_sra_epi32(_mm256_add_epi32(x, half_or_most_), count_);
    const __m256i limit = _mm256_set1_epi32(kWideMax);
    const __m256i above = _mm256_cmpgt_epi32(x, half_or_most_);
    const __m256i below = _mm256_cmpgt_epi32(_mm256_sub_epi32(_mm256_setzero_si256(), half_or_most_), x);
    const __m256i moved = _mm256_blendv_epi8(_mm256_sll_epi32(x, count_), limit, above);
    return _mm256_blendv_epi8(moved, _mm256_sub_epi32(_mm256_setzero_si256(), limit), below);
  }

 private:
  bool right_;
  __m128i count_;
  __m256i half_or_most_;
};

// The same with a shift for each.
THIMBLE_AVX2 __m256i shifted(__m256i x, __m256i shift) {
  const __m256i one = _mm256_set1_epi32(1);
  const __m256i right = _mm256_min_epi32(shift, _mm256_set1_epi32(31));
  const __m256i half = _mm256_sllv_epi32(one, _mm256_sub_epi32(right, one));
  const __m256i lower = _mm256_srav_epi32(_mm256_add_epi32(x, half), right);
  const __m256i is_right = _mm256_cmpgt_epi32(shift, _mm256_setzero_si256());
  if (_mm256_movemask_epi8(is_right) == -1) return lower;
  const __m256i zero = _mm256_setzero_si256();
  const __m256i limit = _mm256_set1_epi32(kWideMax);
  const __m256i left = _mm256_min_epi32(_mm256_sub_epi32(zero, shift), _mm256_set1_epi32(30));
  const __m256i most = _mm256_srlv_epi32(limit, left);
  __m256i higher = _mm256_sllv_epi32(x, left);
  higher = _mm256_blendv_epi8(higher, limit, _mm256_cmpgt_epi32(x, most));
  higher =
      _mm256_blendv_epi8(higher, _mm256_sub_epi32(zero, limit), _mm256_cmpgt_epi32(_mm256_sub_epi32(zero, most), x));
  return _mm256_blendv_epi8(higher, lower, is_right);
}

// scaled() of base/fixed.h.
class Scaling {
 public:
  THIMBLE_AVX2 explicit Scaling(Multiplier m) : mantissa_(_mm256_set1_epi32(m.mantissa)), shift_(m.shift) {}
  THIMBLE_AVX2 __m256i operator()(__m256i x) const { return shift_(mul_high(x, mantissa_)); }

 private:
  __m256i mantissa_;
  Shift shift_;
};

// --- sums over lanes ---

THIMBLE_AVX2 int32_t sum_lanes(__m256i v) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1));
  return _mm_cvtsi128_si32(sum);
}
THIMBLE_AVX2 uint32_t max_lanes(__m256i v) {  // of unsigned numbers
  __m128i most = _mm_max_epu32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  most = _mm_max_epu32(most, _mm_shuffle_epi32(most, 0x4e));
  most = _mm_max_epu32(most, _mm_shuffle_epi32(most, 0xb1));
  return static_cast<uint32_t>(_mm_cvtsi128_si32(most));
}

// Lane r: the sum of all lanes of rows[r].
THIMBLE_AVX2 __m256i sum_rows(const __m256i (&rows)[8]) {
  const __m256i low = _mm256_hadd_epi32(_mm256_hadd_epi32(rows[0], rows[1]), _mm256_hadd_epi32(rows[2], rows[3]));
  const __m256i high = _mm256_hadd_epi32(_mm256_hadd_epi32(rows[4], rows[5]), _mm256_hadd_epi32(rows[6], rows[7]));
  return _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20), _mm256_permute2x128_si256(low, high, 0x31));
}

// --- rows of a quantised matrix ---

// scale_row() of base/quantized_layout.h for `count` accumulators, 1..8, of neighbouring rows.
THIMBLE_AVX2 __m256i scale_rows(__m256i sums, const uint16_t* row_scales, size_t count, int32_t spare, int32_t lift) {
  const __m256i scales = _mm256_cvtepu16_epi32(load_small(row_scales, count));
  return mul_high(_mm256_sll_epi32(sums, _mm_cvtsi32_si128(spare)), _mm256_slli_epi32(scales, lift));
}

}  // namespace thimble::avx2
