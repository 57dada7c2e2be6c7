// Attention, and what else goes over a vector. A cache of an engine starts every key and every row of values on 16
// bytes; since no contract says so, each kernel looks, and leaves other vectors to the set that it comes from.

#include "kernels/pie/pie_kernels.h"
#include "kernels/pie/pie_rows.h"
#include "kernels/scalar/score.h"

namespace thimble {
namespace {

bool on_vector(const void* p) { return reinterpret_cast<uintptr_t>(p) % kPieChunk == 0; }

constexpr size_t kShortKey = 8;
constexpr size_t kPositionsAtOnce = 512;       // of a mix: 1 kB of stack
static_assert(kPositionsAtOnce <= kMixBlock);  // or their sums would not fit an int32

// Weights as two factors of int8 each, zero up to a whole chunk.
struct SplitWeights {
  alignas(kPieChunk) int8_t high[kPositionsAtOnce];
  alignas(kPieChunk) int8_t low[kPositionsAtOnce];

  void take(const uint16_t* a, size_t count) {
    const size_t whole = on_vector(a) ? count / kPieChunk : 0;
    if (whole > 0) pie_split(a, high, low, whole);
    for (size_t t = whole * kPieChunk; t < chunks(count) * kPieChunk; ++t) {
      const uint32_t weight = t < count ? a[t] : 0;
      high[t] = static_cast<int8_t>((weight + 128) >> 8);
      low[t] = static_cast<int8_t>(weight);
    }
  }
  static size_t chunks(size_t count) { return (count + kPieChunk - 1) / kPieChunk; }
};

}  // namespace

uint32_t max_abs_i32_pie(const int32_t* x, size_t n) {
  constexpr size_t kLanes = kPieChunk / sizeof(int32_t);
  if (!on_vector(x) || n < kLanes) return max_abs_i32_scalar(x, n);
  const size_t whole = n - n % kLanes;
  const uint32_t most = pie_max_abs(x, whole / kLanes);
  const uint32_t rest = max_abs_i32_scalar(x + whole, n - whole);
  return most > rest ? most : rest;
}

void scores_i8_pie(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                   size_t head_dim, size_t length, Multiplier m) {
  size_t done = 0;
  if (key_stride == kShortKey && on_vector(keys) && reinterpret_cast<uintptr_t>(q) % kShortKey == 0) {
    done = length - length % 4;
    if (done > 0) pie_keys_of_8(keys, q, y, done / 4);
  } else if (key_stride % kPieChunk == 0 && on_vector(keys) && on_vector(q)) {
    done = length;
    pie_dot_rows({keys, key_stride, key_stride / kPieChunk}, q, y, length);
  }
#pragma GCC unroll 2
  for (size_t t = 0; t < done; ++t) y[t] = score(y[t], codes[t], m);
  if (done < length) {
    scores_i8_mac16(y + done, keys + done * key_stride, key_stride, codes + done, q, head_dim, length - done, m);
  }
}

void mix_i8_pie(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                size_t length, int32_t shift) {
  if (!on_vector(values) || length == 0) {
    return mix_i8_mac16(out, values, value_stride, a, head_dim, length, shift);
  }
  SplitWeights weights;
  if (length <= kPositionsAtOnce) weights.take(a, length);
  for (size_t d = 0; d < head_dim; d += kPieGroup) {
    const size_t rows = head_dim - d < kPieGroup ? head_dim - d : kPieGroup;
    int64_t sums[kPieGroup] = {};
    for (size_t first = 0; first < length; first += kPositionsAtOnce) {
      const size_t count = length - first < kPositionsAtOnce ? length - first : kPositionsAtOnce;
      if (length > kPositionsAtOnce) weights.take(a + first, count);
      const PieRows part = {values + d * value_stride + first, value_stride, SplitWeights::chunks(count)};
      int32_t high[kPieGroup];
      int32_t low[kPieGroup];
      pie_dot_rows(part, weights.high, high, rows);
      pie_dot_rows(part, weights.low, low, rows);
      for (size_t r = 0; r < rows; ++r) sums[r] += 256 * high[r] + low[r];
    }
    for (size_t r = 0; r < rows; ++r) out[d + r] = static_cast<int32_t>(sums[r] >> shift);
  }
}

}  // namespace thimble
