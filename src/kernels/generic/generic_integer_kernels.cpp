// Strategy: compilers turn a sum of products of int16 into the multiply-add instruction that every SIMD unit has, if
// the loop is plain and both factors are int16 already. So activations are widened once, and used by all rows; weights
// are widened on the fly, four rows at a time sharing the loads of activations, in x86-64's terms twice as fast as f32.

#include "kernels/generic/generic_kernels.h"
#include "kernels/panels.h"
#include "kernels/tables.h"

namespace thimble {
namespace {

constexpr size_t kTileRows = 4;  // half a panel
constexpr size_t kChunk = 512;   // columns that are widened at a time: a multiple of every padding

using Vec8 = int16_t __attribute__((vector_size(16)));
using Vec4 = int32_t __attribute__((vector_size(16)));

Vec8 load8(const void* p) {
  Vec8 v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
// The lower half of a vector.
Vec8 load4(const void* p) {
  Vec8 v = {};
  __builtin_memcpy(&v, p, sizeof v / 2);
  return v;
}
void store8(int16_t* p, Vec8 v) { __builtin_memcpy(p, &v, sizeof v); }

// Bytes 2k and 2k + 1 of 16 as the lanes k of two vectors.
Vec8 even_bytes(Vec8 v) { return (v << 8) >> 8; }
Vec8 odd_bytes(Vec8 v) { return v >> 8; }

// Sums of four neighbouring products of int8 each: two of them fit int16, if no factor is -128.
Vec4 byte_products(Vec8 a, Vec8 b) {
  const auto pairs = reinterpret_cast<Vec4>(even_bytes(a) * even_bytes(b) + odd_bytes(a) * odd_bytes(b));
  return ((pairs << 16) >> 16) + (pairs >> 16);
}

enum class Order {
  kPlain,    // column after column
  kNibbles,  // in each block of 32 as unpack_blocks leaves the weights
};

// The vectors of a batch as int16, some columns at a time.
class Activations {
 public:
  Activations(const int8_t* x, size_t stride, Order order) : x_(x), stride_(stride), order_(order) {}

  // Columns first .. first + cols - 1; at most kChunk.
  void take(size_t first, size_t cols, size_t batch) {
    for (size_t b = 0; b < batch; ++b) {
      if (order_ == Order::kPlain) {
        for (size_t c = 0; c < cols; ++c) widened_[b * kChunk + c] = x_[b * stride_ + first + c];
      } else {
        for (size_t c = 0; c < cols; c += kQ4Block) permute(x_ + b * stride_ + first + c, widened_ + b * kChunk + c);
      }
    }
  }
  const int16_t* vector(size_t b) const { return widened_ + b * kChunk; }

 private:
  static void permute(const int8_t* block, int16_t* to) {
    const Vec8 low = load8(block);
    const Vec8 high = load8(block + kQ4Group);
    store8(to, even_bytes(low));
    store8(to + 8, even_bytes(high));
    store8(to + 16, odd_bytes(low));
    store8(to + 24, odd_bytes(high));
  }

  const int8_t* x_;
  size_t stride_;
  Order order_;
  int16_t widened_[kMostBatch * kChunk];
};

// Where the sums of a tile go: the first row's of the first vector. Later chunks of columns add to earlier ones.
struct TileSums {
  int32_t* out = nullptr;
  size_t stride = 0;
  bool first_chunk = true;
};

// A tile of weights times vectors b .. b + kBatch - 1.
template <size_t kRows, size_t kBatch, class Weight>
void multiply(const Weight* w, size_t stride, const Activations& x, size_t cols, size_t b, const TileSums& sums) {
  const int16_t* vectors[kBatch];
  for (size_t k = 0; k < kBatch; ++k) vectors[k] = x.vector(b + k);
  int32_t sum[kRows][kBatch] = {};
  for (size_t c = 0; c < cols; ++c) {
    for (size_t r = 0; r < kRows; ++r) {
      for (size_t k = 0; k < kBatch; ++k) sum[r][k] += static_cast<int16_t>(w[r * stride + c]) * vectors[k][c];
    }
  }
  for (size_t k = 0; k < kBatch; ++k) {
    int32_t* out = sums.out + (b + k) * sums.stride;
    for (size_t r = 0; r < kRows; ++r) out[r] = sums.first_chunk ? sum[r][k] : out[r] + sum[r][k];
  }
}

// A tile times all vectors: by pairs, which load each weight half as often.
template <size_t kRows, class Weight>
void multiply_batch(const Weight* w, size_t stride, const Activations& x, size_t cols, size_t batch,
                    const TileSums& sums) {
  size_t b = 0;
  for (; b + 2 <= batch; b += 2) multiply<kRows, 2>(w, stride, x, cols, b, sums);
  for (; b < batch; ++b) multiply<kRows, 1>(w, stride, x, cols, b, sums);
}

// Blocks of a q4 row as int16, group scales included, in the order in which the nibbles fall out of 16-bit lanes: low
// and high ones of the even bytes, then of the odd.
void unpack_blocks(const std::byte* row, const std::byte* group_scales, size_t blocks, int16_t* out) {
  for (size_t k = 0; k < blocks; ++k) {
    const auto low = static_cast<int16_t>(q4_low(group_scales[k]));
    const auto high = static_cast<int16_t>(q4_high(group_scales[k]));
    const Vec8 pairs = load8(row + k * (kQ4Block / 2));
    int16_t* to = out + k * kQ4Block;
    store8(to, ((pairs << 12) >> 12) * low);
    store8(to + 8, ((pairs << 8) >> 12) * high);
    store8(to + 16, ((pairs << 4) >> 12) * low);
    store8(to + 24, (pairs >> 12) * high);
  }
}

}  // namespace

void matmul_q8_generic(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                       size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  Activations activations(x, x_stride, Order::kPlain);
  size_t first = 0;
  do {  // once even for rows of no columns, whose sums are 0
    const size_t count = cols - first < kChunk ? cols - first : kChunk;
    activations.take(first, count, batch);
    for_each_tile<kTileRows>({panels, layout, first_row, rows}, [&](const PanelWalk& tile, auto tile_rows) {
      const auto* w = reinterpret_cast<const int8_t*>(tile.weights()) + first;
      multiply_batch<tile_rows>(w, layout.row_bytes, activations, count, batch,
                                {out + tile.i(), out_stride, first == 0});
    });
    first += kChunk;
  } while (first < cols);
  scale_product({panels, layout, first_row, rows}, spare_bits(cols), out, out_stride, batch);
}

void matmul_q4_generic(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                       size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q4_layout(cols);
  const size_t blocks = q4_blocks(cols);
  const size_t padded = blocks * kQ4Block;  // activations are zero behind cols
  Activations activations(x, x_stride, Order::kNibbles);
  size_t first = 0;
  do {
    const size_t count = padded - first < kChunk ? padded - first : kChunk;
    activations.take(first, count, batch);
    for_each_tile<kTileRows>({panels, layout, first_row, rows}, [&](const PanelWalk& tile, auto tile_rows) {
      const std::byte* row = tile.weights() + first / 2;
      const std::byte* group_scales = tile.group_scales(blocks) + first / kQ4Block;
      int16_t weights[tile_rows * kChunk];
      for (size_t r = 0; r < tile_rows; ++r) {
        unpack_blocks(row + r * layout.row_bytes, group_scales + r * blocks, count / kQ4Block, weights + r * kChunk);
      }
      multiply_batch<tile_rows>(weights, kChunk, activations, count, batch, {out + tile.i(), out_stride, first == 0});
    });
    first += kChunk;
  } while (first < padded);
  scale_product({panels, layout, first_row, rows}, spare_bits(cols), out, out_stride, batch);
}

void scores_i8_generic(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                       size_t /*head_dim*/, size_t length, Multiplier m) {
  // Keys and query are padded with zeros to a multiple of 8: whole vectors of 16, then perhaps half a one. Short keys
  // come two to a vector.
  const auto finish = [&](size_t t, int32_t dot) {
    const int32_t v = dot * static_cast<int32_t>(code_mantissa(codes[t]));
    y[t] = scaled(v, {m.mantissa, m.shift - static_cast<int32_t>(code_octave(codes[t]))});
  };
  const size_t whole = key_stride - key_stride % 16;
  const Vec8 last_query = whole < key_stride ? load4(q + whole) : Vec8{};
  size_t t = 0;
  if (key_stride == 8) {
    const Vec8 both = {last_query[0], last_query[1], last_query[2], last_query[3],
                       last_query[0], last_query[1], last_query[2], last_query[3]};
    for (; t + 2 <= length; t += 2) {
      const Vec4 sums = byte_products(load8(keys + t * 8), both);
      finish(t, sums[0] + sums[1]);
      finish(t + 1, sums[2] + sums[3]);
    }
  }
  for (; t < length; ++t) {
    const int8_t* key = keys + t * key_stride;
    Vec4 sums = {};
    for (size_t d = 0; d < whole; d += 16) sums += byte_products(load8(key + d), load8(q + d));
    if (whole < key_stride) sums += byte_products(load4(key + whole), last_query);
    finish(t, (sums[0] + sums[1]) + (sums[2] + sums[3]));
  }
}

AttentionWeights weigh_i8_generic(uint16_t* a, const int32_t* y, const uint8_t* codes, size_t length) {
  int32_t most = y[0];
  for (size_t t = 1; t < length; ++t) most = y[t] > most ? y[t] : most;
  uint8_t most_code = 0;
  for (size_t t = 0; t < length; ++t) most_code = codes[t] > most_code ? codes[t] : most_code;
  AttentionWeights result;
  result.octave = code_octave(most_code);
  for (size_t t = 0; t < length; ++t) {
    const auto distance = static_cast<uint32_t>(most - y[t]);
    const uint32_t octaves = distance / kExp2Steps < 16 ? distance / kExp2Steps : 16;
    const uint32_t p = static_cast<uint32_t>(kExp2Table[distance % kExp2Steps]) >> octaves;
    result.sum += p;
    const uint32_t below = result.octave - code_octave(codes[t]);
    // Half of the last place is added behind the shift, which saves a second shift by a variable.
    const uint32_t doubled = p * code_mantissa(codes[t]) >> (kWeightShift - 1 + (below < 15 ? below : 15));
    a[t] = static_cast<uint16_t>((doubled + 1) / 2);
  }
  return result;
}

void silu_mul_i32_generic(int32_t* gate, const int32_t* up, Multiplier to_q16, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    // Signs of gates defy branch prediction: `sign` is 0 or -1, and turns a sigmoid s into 1 - s by arithmetic.
    const int32_t g = scaled(gate[i], to_q16);
    const int32_t sign = g >> 31;
    const auto size = static_cast<uint32_t>((g ^ sign) - sign);
    const uint32_t step = size >> kSigmoidStepBits < kSigmoidSteps - 1 ? size >> kSigmoidStepBits : kSigmoidSteps - 1;
    const uint32_t rest =
        size < kSigmoidSteps << kSigmoidStepBits ? size & ((1u << kSigmoidStepBits) - 1) : 1u << kSigmoidStepBits;
    const uint32_t low = kSigmoidTable[step];
    const auto positive = static_cast<int32_t>(low + ((kSigmoidTable[step + 1] - low) * rest >> kSigmoidStepBits));
    const int32_t sigmoid = (positive ^ sign) - sign + (sign & (1 << kSigmoidFraction));
    const auto silu = static_cast<int32_t>(mul_wide(g, sigmoid) >> kSigmoidFraction);
    const int64_t product = mul_wide(silu, up[i]) >> kGatedShift;
    const int64_t limited = product < kWideMax ? product : kWideMax;
    gate[i] = static_cast<int32_t>(limited > -kWideMax ? limited : -kWideMax);
  }
}

void logits_i32_generic(float* out, const int32_t* x, Multiplier to_q16, size_t n) {
  // f32_from_q16, by the floating-point unit that comes with vectors
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<float>(scaled(x[i], to_q16)) * 0x1p-16f;
}

void mix_i8_generic(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                    size_t length, int32_t shift) {
  const auto dot = [&](const int8_t* row, size_t first, size_t count) {
    int32_t sum = 0;
    for (size_t t = first; t < first + count; ++t) sum += static_cast<int16_t>(row[t]) * static_cast<int16_t>(a[t]);
    return sum;
  };
  for (size_t d = 0; d < head_dim; ++d) {
    const int8_t* row = values + d * value_stride;
    int64_t sum = 0;
    for (size_t first = 0; first < length; first += kMixBlock) {
      sum += dot(row, first, length - first < kMixBlock ? length - first : kMixBlock);
    }
    out[d] = static_cast<int32_t>(sum >> shift);
  }
}

}  // namespace thimble
