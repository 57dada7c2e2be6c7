// Attention over a cache of int8, one head at a time: most of what grows with the position. The sizes of head that
// small models have get loops of their own, in which the query stays in registers.

#include "kernels/scalar/scalar_kernels.h"
#include "kernels/scalar/score.h"
#include "kernels/scalar/settle.h"
#include "kernels/tables.h"

namespace thimble {
namespace {

// Keys of 8: the query stays in registers.
void score_keys_of_8(int32_t* y, const int8_t* keys, const uint8_t* codes, const int8_t* q, size_t length,
                     Multiplier m) {
  int32_t query[8];
  for (size_t d = 0; d < 8; ++d) query[d] = q[d];
#pragma GCC unroll 2
  for (size_t t = 0; t < length; ++t, keys += 8) {
    int32_t sum = 0;
#pragma GCC unroll 8
    for (size_t d = 0; d < 8; ++d) sum += keys[d] * query[d];
    y[t] = score(sum, codes[t], m);
  }
}

// kKeys longer keys, which share each element of the query that is loaded.
template <size_t kKeys>
void score_keys(int32_t* y, const int8_t* keys, size_t stride, const uint8_t* codes, const int8_t* q, Multiplier m) {
  const int8_t* key[kKeys];
  int32_t sum[kKeys] = {};
#pragma GCC unroll 8
  for (size_t i = 0; i < kKeys; ++i) key[i] = keys + i * stride;
  for (const int8_t* const end = q + stride; q != end; q += 8) {
#pragma GCC unroll 8
    for (size_t d = 0; d < 8; ++d) {
      const int32_t factor = q[d];
#pragma GCC unroll 8
      for (size_t i = 0; i < kKeys; ++i) sum[i] += key[i][d] * factor;
      hold_loads();
    }
#pragma GCC unroll 8
    for (size_t i = 0; i < kKeys; ++i) key[i] += 8;
  }
#pragma GCC unroll 8
  for (size_t i = 0; i < kKeys; ++i) y[i] = score(sum[i], codes[i], m);
}

// Rows that share a weight: as many as registers hold.
#if defined(__riscv)
constexpr size_t kMixRows = 8;
#else
constexpr size_t kMixRows = 4;
#endif

// Sums of kRows rows of values with the weights of `count` positions, at most kMixBlock.
template <size_t kRows>
void mix_rows(const int8_t* values, size_t stride, const uint16_t* a, size_t count, int32_t* sums) {
  const int8_t* row[kRows];
  int32_t sum[kRows] = {};
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) row[r] = values + r * stride;
  const uint16_t* const end = a + count;
  constexpr ptrdiff_t kStep = 8;
  for (; end - a >= kStep; a += kStep) {
#pragma GCC unroll 8
    for (size_t t = 0; t < kStep; ++t) {
      const int32_t weight = a[t];
#pragma GCC unroll 8
      for (size_t r = 0; r < kRows; ++r) {
        sum[r] += row[r][t] * weight;
        settle(sum[r]);
      }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) row[r] += kStep;
  }
  for (; a != end; ++a) {
    const int32_t weight = *a;
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) sum[r] += *row[r]++ * weight;
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) sums[r] = sum[r];
}

// kRows rows over all positions.
template <size_t kRows>
void mix_tile(int32_t* out, const int8_t* values, size_t stride, const uint16_t* a, size_t length, int32_t shift) {
  int32_t sums[kRows];
  if (length <= kMixBlock) {
    mix_rows<kRows>(values, stride, a, length, sums);
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) out[r] = sums[r] >> shift;
    return;
  }
  int64_t total[kRows] = {};
  for (size_t first = 0; first < length; first += kMixBlock) {
    mix_rows<kRows>(values + first, stride, a + first, length - first < kMixBlock ? length - first : kMixBlock, sums);
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) total[r] += sums[r];
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) out[r] = static_cast<int32_t>(total[r] >> shift);
}

}  // namespace

void scores_i8_scalar(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q, size_t,
                      size_t length, Multiplier m) {
  // Keys and query are zero from head_dim up to key_stride, a multiple of 8.
  if (key_stride == 8) return score_keys_of_8(y, keys, codes, q, length, m);
  constexpr size_t kKeys = 4;
  size_t t = 0;
  for (; t + kKeys <= length; t += kKeys) {
    score_keys<kKeys>(y + t, keys + t * key_stride, key_stride, codes + t, q, m);
  }
  for (; t < length; ++t) score_keys<1>(y + t, keys + t * key_stride, key_stride, codes + t, q, m);
}

AttentionWeights weigh_i8_scalar(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length) {
  int32_t most = y[0];
  uint32_t most_code = 0;
#pragma GCC unroll 2
  for (size_t t = 0; t < length; ++t) {
    if (y[t] > most) [[unlikely]]
      most = y[t];
    if (codes[t] > most_code) [[unlikely]]
      most_code = codes[t];
  }
  AttentionWeights result;
  result.octave = code_octave(static_cast<uint8_t>(most_code));
  uint32_t sum = 0;
#pragma GCC unroll 4
  for (size_t t = 0; t < length; ++t) {
    const auto distance = static_cast<uint32_t>(most - y[t]);
    // From 16 octaves on nothing is left, and a shift by 16 to 31 finds that out by itself.
    uint32_t p = 0;
    if (distance < 32 * kExp2Steps) [[likely]]
      p = uint32_t{kExp2Table[distance % kExp2Steps]} >> distance / kExp2Steps;
    sum += p;
    const uint8_t code = codes[t];
    // Half of the last place is added behind the shifts, which saves a second one by a variable. p * mantissa is below
    // 2^19, so 16 to 31 octaves below give 0 as the limit of 15 does.
    a[t] = static_cast<uint16_t>(
        ((p * code_mantissa(code) >> (kWeightShift - 1) >> (result.octave - code_octave(code))) + 1) >> 1);
    hold_loads();
  }
  result.sum = sum;
  return result;
}

void mix_i8_scalar(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                   size_t length, int32_t shift) {
  size_t d = 0;
  for (; d + kMixRows <= head_dim; d += kMixRows) {
    mix_tile<kMixRows>(out + d, values + d * value_stride, value_stride, a, length, shift);
  }
  for (; d + 4 <= head_dim; d += 4) mix_tile<4>(out + d, values + d * value_stride, value_stride, a, length, shift);
  for (; d < head_dim; ++d) mix_tile<1>(out + d, values + d * value_stride, value_stride, a, length, shift);
}

}  // namespace thimble
