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

// vpdpbusd multiplies bytes without a sign by bytes with one. Flipping the upper bit of w makes it w + 128, so that a
// dot product comes out too large by 128 times the sum of the other vector.
THIMBLE_AVX512 __m512i plus_128(__m512i w) { return _mm512_xor_si512(w, _mm512_set1_epi8(-128)); }

// mul_high() of base/fixed.h.
THIMBLE_AVX512 __m512i mul_high(__m512i a, __m512i b) {
  const __m512i even = _mm512_mul_epi32(a, b);
  const __m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
  return _mm512_mask_mov_epi32(_mm512_srli_epi64(even, 32), 0xaaaa, odd);
}

// shifted() of base/fixed.h to the right, by one more than `shift_but_one`, which may be 0 and anything above. |x| <
// 2^30, so that from 31 on nothing is left.
THIMBLE_AVX512 __m512i shifted_right(__m512i x, __m512i shift_but_one) {
  return _mm512_srai_epi32(_mm512_add_epi32(_mm512_srav_epi32(x, shift_but_one), _mm512_set1_epi32(1)), 1);
}

// Lane r: the sum of all lanes of rows[r]. (As avx2::sum_rows, whose horizontal additions take longer.)
THIMBLE_AVX512 __m256i sum_short_rows(const __m256i (&rows)[8]) {
  __m256i pairs[4];
  for (size_t k = 0; k < 4; ++k) {
    const __m256i a = rows[2 * k], b = rows[2 * k + 1];
    pairs[k] = _mm256_add_epi32(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
  }
  const auto add_pairs = [](__m256i a, __m256i b) __attribute__((always_inline)) {
    return _mm256_add_epi32(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
  };
  const __m256i low = add_pairs(pairs[0], pairs[1]);   // rows 0..3 in each half
  const __m256i high = add_pairs(pairs[2], pairs[3]);  // rows 4..7
  return _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20), _mm256_permute2x128_si256(low, high, 0x31));
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

}  // namespace thimble::avx512
