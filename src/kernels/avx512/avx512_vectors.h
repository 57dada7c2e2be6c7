// What the files of this folder share; only files that are compiled for AVX-512 may include it, and all of it is always
// inlined, for the reason that avx2_vectors.h names.
#pragma once

#include "kernels/avx2/avx2_vectors.h"

#define THIMBLE_AVX512 [[gnu::always_inline]] inline

namespace thimble::avx512 {

inline constexpr size_t kWidth = 64;  // bytes

// The first `count` of 64, or of 16.
THIMBLE_AVX512 __mmask64 first_bytes(size_t count) { return ~uint64_t{0} >> (64 - count); }  // count 1..64
THIMBLE_AVX512 __mmask16 first_words(size_t count) {
  return static_cast<__mmask16>(count < 16 ? (1u << count) - 1 : 0xffffu);
}

// Calls step(i, there) for elements i .. i + 15 of n, of which `there` are.
template <class Step>
THIMBLE_AVX512 void for_each_16(size_t n, const Step& step) {
  size_t i = 0;
  for (; i + 16 <= n; i += 16) step(i, static_cast<__mmask16>(0xffff));
  if (i < n) step(i, first_words(n - i));
}

// vpdpbusd multiplies bytes without a sign by bytes with one. Flipping the upper bit of w makes it w + 128, so that a
// dot product comes out too large by 128 times the sum of the other vector.
THIMBLE_AVX512 __m512i plus_128(__m512i w) { return _mm512_xor_si512(w, _mm512_set1_epi8(-128)); }

// sum += products of four bytes to a lane, those of `a` without a sign, or of two halves. The instructions by their
// names: gcc 12 copies each sum before it adds to it.
template <class Vector>
THIMBLE_AVX512 void add_byte_products(Vector* sum, Vector a, Vector b) {
  asm("vpdpbusd %2, %1, %0" : "+v"(*sum) : "v"(a), "v"(b));
}
template <class Vector>
THIMBLE_AVX512 void add_pair_products(Vector* sum, Vector a, Vector b) {
  asm("vpdpwssd %2, %1, %0" : "+v"(*sum) : "v"(a), "v"(b));
}

// mul_high() of base/fixed.h, where all of b are equal.
THIMBLE_AVX512 __m512i mul_high(__m512i a, __m512i b) {
  const __m512i even = _mm512_mul_epi32(a, b);
  const __m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(a, 32), b);
  return _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_CDAB);
}

// shifted() of base/fixed.h to the right, by one more than `shift_but_one`, which may be 0 and anything above. |x| <
// 2^30, so that from 31 on nothing is left.
THIMBLE_AVX512 __m512i shifted_right(__m512i x, __m512i shift_but_one) {
  return _mm512_srai_epi32(_mm512_add_epi32(_mm512_srav_epi32(x, shift_but_one), _mm512_set1_epi32(1)), 1);
}

// shifted() of base/fixed.h, by one shift for all; avx2::Shift with twice the lanes.
class Shift {
 public:
  THIMBLE_AVX512 explicit Shift(int32_t shift) : right_(shift > 0) {
    const int32_t left = shift > -30 ? -shift : 30;
    count_ = _mm512_set1_epi32(right_ ? shift - 1 : left);
    most_ = _mm512_set1_epi32(right_ ? 0 : kWideMax >> left);
  }
  THIMBLE_AVX512 __m512i operator()(__m512i x) const {
    if (right_) return shifted_right(x, count_);
    const __m512i limit = _mm512_set1_epi32(kWideMax);
    const __m512i moved = _mm512_sllv_epi32(x, count_);
    const __m512i zero = _mm512_setzero_si512();
    const __mmask16 above = _mm512_cmpgt_epi32_mask(x, most_);
    const __mmask16 below = _mm512_cmplt_epi32_mask(x, _mm512_sub_epi32(zero, most_));
    return _mm512_mask_sub_epi32(_mm512_mask_mov_epi32(moved, above, limit), below, zero, limit);
  }

 private:
  bool right_;
  __m512i count_;
  __m512i most_;
};

// scaled() of base/fixed.h.
class Scaling {
 public:
  THIMBLE_AVX512 explicit Scaling(Multiplier m) : mantissa_(_mm512_set1_epi32(m.mantissa)), shift_(m.shift) {}
  THIMBLE_AVX512 __m512i operator()(__m512i x) const { return shift_(mul_high(x, mantissa_)); }

 private:
  __m512i mantissa_;
  Shift shift_;
};

// A table of 192 or 256 halves, read from memory each time: registers of it as members gcc writes to the stack first.
template <size_t kEntries>
class Table {
 public:
  static_assert(kEntries == 192 || kEntries == 256);
  THIMBLE_AVX512 explicit Table(const uint16_t* table) : table_(table) {}
  // Of 32 at once: entry i; with 256, i mod 256.
  THIMBLE_AVX512 __m512i operator()(__m512i i) const {
    const uint16_t* table = table_;
    asm("" : "+r"(table));
    const auto of_64 = [&](size_t first) __attribute__((always_inline)) {
      return _mm512_permutex2var_epi16(_mm512_loadu_si512(table + first), i, _mm512_loadu_si512(table + first + 32));
    };
    const __mmask32 odd_64 = _mm512_test_epi16_mask(i, _mm512_set1_epi16(64));
    const __mmask32 upper = _mm512_test_epi16_mask(i, _mm512_set1_epi16(128));
    const __m512i low = _mm512_mask_blend_epi16(odd_64, of_64(0), of_64(64));
    if constexpr (kEntries == 192) return _mm512_mask_blend_epi16(upper, low, of_64(128));
    return _mm512_mask_blend_epi16(upper, low, _mm512_mask_blend_epi16(odd_64, of_64(128), of_64(192)));
  }

 private:
  const uint16_t* table_;
};

// 32 int32 as halves without a sign, limited to them: four of the first, four of the second, in each quarter.
THIMBLE_AVX512 __m512i to_halves(__m512i first, __m512i second) { return _mm512_packus_epi32(first, second); }

// Lane r: all lanes of rows[r], brought together by `join`, which may take them in any order.
template <class Join>
THIMBLE_AVX512 __m256i reduce_short_rows(const __m256i (&rows)[8], const Join& join) {
  __m256i pairs[4];
  for (size_t k = 0; k < 4; ++k) {
    const __m256i a = rows[2 * k], b = rows[2 * k + 1];
    pairs[k] = join(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
  }
  const auto join_pairs = [&](__m256i a, __m256i b) __attribute__((always_inline)) {
    return join(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
  };
  const __m256i low = join_pairs(pairs[0], pairs[1]);   // rows 0..3 in each half
  const __m256i high = join_pairs(pairs[2], pairs[3]);  // rows 4..7
  return join(_mm256_permute2x128_si256(low, high, 0x20), _mm256_permute2x128_si256(low, high, 0x31));
}

// Lane r: the sum of all lanes of rows[r]. (As avx2::sum_rows, whose horizontal additions take longer.)
THIMBLE_AVX512 __m256i sum_short_rows(const __m256i (&rows)[8]) {
  return reduce_short_rows(
      rows, [](__m256i a, __m256i b) __attribute__((always_inline)) { return _mm256_add_epi32(a, b); });
}

// Lane r: the sum of all lanes of rows[r].
THIMBLE_AVX512 __m256i sum_rows(const __m512i (&rows)[8]) {
  __m512i pairs[4];
  for (size_t k = 0; k < 4; ++k) {
    const __m512i a = rows[2 * k], b = rows[2 * k + 1];
    pairs[k] = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  }
  const auto add_pairs = [](__m512i a, __m512i b) __attribute__((always_inline)) {
    return _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
  };
  const __m512i low = add_pairs(pairs[0], pairs[1]);   // rows 0..3 in each quarter
  const __m512i high = add_pairs(pairs[2], pairs[3]);  // rows 4..7
  const __m512i halves = _mm512_add_epi32(_mm512_shuffle_i32x4(low, high, 0x88), _mm512_shuffle_i32x4(low, high, 0xdd));
  const __m512i sums =
      _mm512_add_epi32(_mm512_shuffle_i32x4(halves, halves, 0x88), _mm512_shuffle_i32x4(halves, halves, 0xdd));
  return _mm512_castsi512_si256(sums);
}

// The trees of sixteen float sums of eight lanes, ((0+4)+(2+6)) + ((1+5)+(3+7)), from their first level on: halves[k]
// has lanes 0+4, 1+5, 2+6, 3+7 of sums 4k .. 4k + 3. `order` puts sum 4 (i % 4) + i / 4, which is lane i of what comes
// out of the trees, where it belongs.
THIMBLE_AVX512 __m512 add_half_trees(const __m512 (&halves)[4], __m512i order) {
  const auto even_and_odd = [](__m512 a, __m512 b) __attribute__((always_inline)) {
    const __m512d x = _mm512_castps_pd(a);
    const __m512d y = _mm512_castps_pd(b);
    return _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(x, y)), _mm512_castpd_ps(_mm512_unpackhi_pd(x, y)));
  };
  const __m512 low = even_and_odd(halves[0], halves[1]);
  const __m512 high = even_and_odd(halves[2], halves[3]);
  // quarter j: sums j, 4 + j, 8 + j, 12 + j
  const __m512 mixed = _mm512_add_ps(_mm512_shuffle_ps(low, high, 0x88), _mm512_shuffle_ps(low, high, 0xdd));
  return _mm512_permutexvar_ps(order, mixed);
}

// The same from the lanes on, two sums to a register.
THIMBLE_AVX512 __m512 add_trees(const __m512 (&sums)[8], __m512i order) {
  __m512 halves[4];
  for (size_t k = 0; k < 4; ++k) {
    const __m512 a = sums[2 * k], b = sums[2 * k + 1];
    halves[k] = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
  }
  return add_half_trees(halves, order);
}

}  // namespace thimble::avx512
