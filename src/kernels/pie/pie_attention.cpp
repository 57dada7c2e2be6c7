// Attention. A cache of an engine starts every key and every row of values on 16
// bytes; since no contract says so, each kernel looks, and leaves other vectors to the set that it comes from.

#include <array>

#include "kernels/pie/pie_kernels.h"
#include "kernels/pie/pie_rows.h"
#include "kernels/scalar/score.h"
#include "kernels/tables.h"

namespace thimble {
namespace {

bool on_vector(const void* p) { return reinterpret_cast<uintptr_t>(p) % kPieChunk == 0; }

constexpr size_t kFour = 4;  // positions at once, between the products
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

// The codes of a few scales, of which any octave may stand beside any other.
struct CodeRange {
  uint32_t least = 255;
  uint32_t most = 0;

  CodeRange(const uint8_t* codes, size_t length) {
    const size_t whole = on_vector(codes) ? length - length % kPieChunk : 0;
    if (whole > 0) {
      const uint32_t range = pie_byte_range(codes, whole / kPieChunk);
      most = range & 0xff;
      least = 255 - (range >> 8);
    }
    for (size_t t = whole; t < length; ++t) {
      if (codes[t] > most) most = codes[t];
      if (codes[t] < least) least = codes[t];
    }
  }
};

// Products of keys and a query become scores.
void make_scores(int32_t* y, const uint8_t* codes, size_t length, Multiplier m) {
  const CodeRange range(codes, length);
  const int32_t least_shift = m.shift - static_cast<int32_t>(range.most >> 3);
  const int32_t most_shift = m.shift - static_cast<int32_t>(range.least >> 3);
  const size_t done = least_shift >= 1 && most_shift <= 32 ? length - length % kFour : 0;
  if (done > 0) pie_scores(y, codes, done / kFour, m.mantissa, m.shift);
  for (size_t t = done; t < length; ++t) y[t] = score(y[t], codes[t], m);
}

// Factors of pie_weigh for codes whose octave is at most kOctaves below the highest, that of the last one.
constexpr size_t kOctaves = 12;
constexpr std::array<uint16_t, 8 * (kOctaves + 1)> kFactors = [] {
  std::array<uint16_t, 8 * (kOctaves + 1)> table = {};
  for (size_t i = 0; i < table.size(); ++i) table[i] = static_cast<uint16_t>((8 + i % 8) << i / 8);
  return table;
}();
constexpr uint32_t kShift = kOctaves + kWeightShift;
static_assert(kShift == 17);  // as pie_weigh has it

int32_t largest(const int32_t* y, size_t length) {
  const size_t whole = on_vector(y) ? length - length % kFour : 0;
  int32_t most = whole > 0 ? pie_max(y, whole / kFour) : y[0];
  for (size_t t = whole; t < length; ++t) {
    if (y[t] > most) most = y[t];
  }
  return most;
}

// Few positions, whose sums fit an int32.
void mix_few(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim, size_t length,
             int32_t shift) {
  SplitWeights weights;
  weights.take(a, length);
  for (size_t d = 0; d < head_dim; d += kPieGroup) {
    const size_t rows = head_dim - d < kPieGroup ? head_dim - d : kPieGroup;
    const PieRows part = {values + d * value_stride, value_stride, SplitWeights::chunks(length)};
    int32_t low[kPieGroup];
    pie_dot_rows(part, weights.high, out + d, rows);
    pie_dot_rows(part, weights.low, low, rows);
    for (size_t r = 0; r < rows; ++r) out[d + r] = (256 * out[d + r] + low[r]) >> shift;
  }
}

void mix_many(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
              size_t length, int32_t shift) {
  SplitWeights weights;
  for (size_t d = 0; d < head_dim; d += kPieGroup) {
    const size_t rows = head_dim - d < kPieGroup ? head_dim - d : kPieGroup;
    int64_t sums[kPieGroup] = {};
    for (size_t first = 0; first < length; first += kPositionsAtOnce) {
      const size_t count = length - first < kPositionsAtOnce ? length - first : kPositionsAtOnce;
      weights.take(a + first, count);
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

}  // namespace

void scores_i8_pie(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                   size_t head_dim, size_t length, Multiplier m) {
  size_t done = 0;
  if (key_stride == kShortKey && on_vector(keys) && reinterpret_cast<uintptr_t>(q) % kShortKey == 0) {
    done = length - length % kFour;
    if (done > 0) pie_keys_of_8(keys, q, y, done / kFour);
  } else if (key_stride % kPieChunk == 0 && on_vector(keys) && on_vector(q)) {
    done = length;
    pie_dot_rows({keys, key_stride, key_stride / kPieChunk}, q, y, length);
  }
  if (done > 0) make_scores(y, codes, done, m);
  if (done < length) {
    scores_i8_mac16(y + done, keys + done * key_stride, key_stride, codes + done, q, head_dim, length - done, m);
  }
}

AttentionWeights weigh_i8_pie(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length) {
  const CodeRange range(codes, length);
  AttentionWeights result;
  result.octave = code_octave(static_cast<uint8_t>(range.most));
  if (result.octave - code_octave(static_cast<uint8_t>(range.least)) > kOctaves) {
    return weigh_i8_scalar(a, y, codes, length);
  }
  const int32_t first_code = 8 * (static_cast<int32_t>(result.octave) - static_cast<int32_t>(kOctaves));
  const int32_t most = largest(y, length);
  const size_t done = length - length % kFour;
  if (done > 0) result.sum = pie_weigh(a, y, codes, done / kFour, most, kExp2Table, kFactors.data(), first_code);
  for (size_t t = done; t < length; ++t) {
    const auto distance = static_cast<uint32_t>(most - y[t]);
    const uint32_t p = distance < 32 * kExp2Steps ? kExp2Table[distance % kExp2Steps] >> distance / kExp2Steps : 0;
    result.sum += p;
    a[t] = static_cast<uint16_t>((p * kFactors[static_cast<size_t>(codes[t] - first_code)] + (1u << (kShift - 1))) >>
                                 kShift);
  }
  return result;
}

void mix_i8_pie(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                size_t length, int32_t shift) {
  if (!on_vector(values) || length == 0) {
    mix_i8_mac16(out, values, value_stride, a, head_dim, length, shift);
  } else if (length <= kPositionsAtOnce) {
    mix_few(out, values, value_stride, a, head_dim, length, shift);
  } else {
    mix_many(out, values, value_stride, a, head_dim, length, shift);
  }
}

}  // namespace thimble
