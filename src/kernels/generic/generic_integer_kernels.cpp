// Strategy: compilers turn a sum of products of int16 into the multiply-add instruction that every SIMD unit has, if
// the loop is plain and both factors are int16 already. So activations are widened once, and used by all rows; weights
// are widened on the fly, four rows at a time sharing the loads of activations, in x86-64's terms twice as fast as f32.
// Without a SIMD unit nothing is widened: the same loops run on int8, with 3 instructions per product.

#include <type_traits>

#include "base/math.h"
#include "base/quantized_layout.h"
#include "kernels/generic/generic_kernels.h"
#include "kernels/generic/vector_unit.h"
#include "kernels/ref/ref_kernels.h"
#include "kernels/tables.h"

namespace thimble {
namespace {

constexpr size_t kMaxBatch = 8;
constexpr size_t kTileRows = 4;  // half a panel
constexpr size_t kChunk = 512;   // columns that are widened at a time: a multiple of every padding

// What activations are multiplied as.
using Factor = std::conditional_t<kVectorUnit, int16_t, int8_t>;

using Vec8 = int16_t __attribute__((vector_size(16)));
using Vec4 = int32_t __attribute__((vector_size(16)));
using Vec8Bytes = int8_t __attribute__((vector_size(8)));

Vec8 load8(const void* p) {
  Vec8 v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
Vec8 widen8(const int8_t* p) {
  Vec8Bytes v;
  __builtin_memcpy(&v, p, sizeof v);
  return __builtin_convertvector(v, Vec8);
}
void store8(int16_t* p, Vec8 v) { __builtin_memcpy(p, &v, sizeof v); }

// Bytes 2k and 2k + 1 of 16 as the lanes k of two vectors.
Vec8 even_bytes(Vec8 v) { return (v << 8) >> 8; }
Vec8 odd_bytes(Vec8 v) { return v >> 8; }

enum class Order {
  kPlain,    // column after column
  kNibbles,  // in each group of 32 as unpack_groups leaves the weights
};

// The vectors of a batch, some columns at a time, as factors.
template <class Element>
class ActivationsOf {
 public:
  ActivationsOf(const int8_t* x, size_t stride, Order order) : x_(x), stride_(stride), order_(order) {}

  // Columns first .. first + cols - 1; at most kChunk where they are widened.
  void take(size_t first, size_t cols, size_t batch) {
    first_ = first;
    for (size_t b = 0; kWidens && b < batch; ++b) {
      if (order_ == Order::kPlain) {
        for (size_t c = 0; c < cols; ++c) widened_[b * kChunk + c] = x_[b * stride_ + first + c];
      } else {
        for (size_t c = 0; c < cols; c += kQ4Group) permute(x_ + b * stride_ + first + c, b * kChunk + c);
      }
    }
  }
  const Element* vector(size_t b) const {
    if constexpr (kWidens) {
      return widened_ + b * kChunk;
    } else {
      return x_ + b * stride_ + first_;
    }
  }

 private:
  static constexpr bool kWidens = sizeof(Element) > 1;

  void permute(const int8_t* group, size_t at) {
    if constexpr (kWidens) {
      const Vec8 low = load8(group);
      const Vec8 high = load8(group + kQ4Group / 2);
      store8(widened_ + at, even_bytes(low));
      store8(widened_ + at + 8, even_bytes(high));
      store8(widened_ + at + 16, odd_bytes(low));
      store8(widened_ + at + 24, odd_bytes(high));
    }
  }

  const int8_t* x_;
  size_t stride_;
  Order order_;
  size_t first_ = 0;
  Element widened_[kWidens ? kMaxBatch * kChunk : 1];
};
using Activations = ActivationsOf<Factor>;

// sum[r][b] += the product of row r of a tile of weights, `stride` apart, and vector b.
template <size_t kRows, size_t kBatch, class Weight>
void add_products(const Weight* w, size_t stride, const Factor* const (&x)[kBatch], size_t cols,
                  int32_t (&sum)[kRows][kBatch]) {
  int32_t s[kRows][kBatch] = {};  // its address is not taken: it stays in registers
  for (size_t c = 0; c < cols; ++c) {
    for (size_t r = 0; r < kRows; ++r) {
      for (size_t b = 0; b < kBatch; ++b) s[r][b] += static_cast<int16_t>(w[r * stride + c]) * x[b][c];
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t b = 0; b < kBatch; ++b) sum[r][b] += s[r][b];
  }
}

// Where the results of a tile go. Between chunks of columns the output holds the sums; the last chunk scales them.
struct TileOutput {
  int32_t* out = nullptr;  // of the tile's first row and the batch's first vector
  size_t stride = 0;
  const std::byte* row_scales = nullptr;
  int32_t spare = 0;
  bool first_chunk = true;
  bool last_chunk = true;

  template <size_t kRows, size_t kBatch>
  void load(size_t b, int32_t (&sum)[kRows][kBatch]) const {
    for (size_t r = 0; r < kRows; ++r) {
      for (size_t k = 0; k < kBatch; ++k) sum[r][k] = first_chunk ? 0 : out[(b + k) * stride + r];
    }
  }
  template <size_t kRows, size_t kBatch>
  void store(size_t b, const int32_t (&sum)[kRows][kBatch]) const {
    for (size_t r = 0; r < kRows; ++r) {
      const uint16_t row_scale = load_u16(row_scales + r * sizeof(uint16_t));
      for (size_t k = 0; k < kBatch; ++k) {
        out[(b + k) * stride + r] = last_chunk ? scale_row(sum[r][k], row_scale, spare) : sum[r][k];
      }
    }
  }
};

// A tile of weights times vectors b .. b + kBatch - 1.
template <size_t kRows, size_t kBatch, class Weight>
void multiply(const Weight* w, size_t stride, const Activations& x, size_t cols, size_t b, const TileOutput& output) {
  int32_t sum[kRows][kBatch];
  const Factor* vectors[kBatch];
  for (size_t k = 0; k < kBatch; ++k) vectors[k] = x.vector(b + k);
  output.load(b, sum);
  add_products<kRows, kBatch>(w, stride, vectors, cols, sum);
  output.store(b, sum);
}

// A tile times all vectors: by pairs, which load each weight half as often.
template <size_t kRows, class Weight>
void multiply_batch(const Weight* w, size_t stride, const Activations& x, size_t cols, size_t batch,
                    const TileOutput& output) {
  size_t b = 0;
  for (; kVectorUnit && b + 2 <= batch; b += 2) multiply<kRows, 2>(w, stride, x, cols, b, output);
  for (; b < batch; ++b) multiply<kRows, 1>(w, stride, x, cols, b, output);
}

// Calls tile(i, rows) for rows i .. of a matrix part that begins at first_row: kTileRows where as many are left in the
// panel, else 1. `rows` is an integral_constant.
template <class Tile>
void for_each_tile(size_t first_row, size_t rows, const Tile& tile) {
  for (size_t i = 0; i < rows;) {
    const size_t left_in_panel = kPanelRows - (first_row + i) % kPanelRows;
    if (left_in_panel >= kTileRows && rows - i >= kTileRows) {
      tile(i, std::integral_constant<size_t, kTileRows>());
      i += kTileRows;
    } else {
      tile(i, std::integral_constant<size_t, 1>());
      i += 1;
    }
  }
}

// Groups of a q4 row as int16, group scale included, |n * g| <= 512, in the order in which the nibbles fall out of
// 16-bit lanes: low and high ones of the even bytes, then of the odd.
void unpack_groups(const std::byte* row, const std::byte* group_scales, size_t groups, int16_t* out) {
  for (size_t g = 0; g < groups; ++g) {
    const auto scale = static_cast<int16_t>(q4_group_scale(group_scales[g]));
    const Vec8 pairs = load8(row + g * (kQ4Group / 2));
    int16_t* to = out + g * kQ4Group;
    store8(to, ((pairs << 12) >> 12) * scale);
    store8(to + 8, ((pairs << 8) >> 12) * scale);
    store8(to + 16, ((pairs << 4) >> 12) * scale);
    store8(to + 24, (pairs >> 12) * scale);
  }
}

// A tile of q4 rows times one vector, straight from the nibbles.
template <size_t kRows>
void multiply_nibbles(const std::byte* row, size_t row_bytes, const std::byte* group_scales, size_t groups,
                      const int8_t* x, int32_t (&sum)[kRows][1]) {
  constexpr size_t kHalf = kQ4Group / 2;
  for (size_t g = 0; g < groups; ++g) {
    int32_t dot[kRows] = {};
    for (size_t j = 0; j < kHalf; ++j) {
      const int32_t x_low = x[g * kQ4Group + j];
      const int32_t x_high = x[g * kQ4Group + kHalf + j];
      for (size_t r = 0; r < kRows; ++r) {
        const std::byte pair = row[r * row_bytes + g * kHalf + j];
        dot[r] += q4_low(pair) * x_low + q4_high(pair) * x_high;
      }
    }
    for (size_t r = 0; r < kRows; ++r) sum[r][0] += q4_group_scale(group_scales[r * groups + g]) * dot[r];
  }
}

}  // namespace

void matmul_q8_generic(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                       size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  const size_t chunk = kVectorUnit ? kChunk : cols;
  Activations activations(x, x_stride, Order::kPlain);
  for (size_t first = 0; first < cols; first += chunk) {
    const size_t count = cols - first < chunk ? cols - first : chunk;
    activations.take(first, count, batch);
    for_each_tile(first_row, rows, [&](size_t i, auto tile_rows) {
      const auto* w = reinterpret_cast<const int8_t*>(panels + layout.row(first_row + i)) + first;
      const TileOutput output{
          out + i,    out_stride,           panels + layout.row_scale(first_row + i), q8_spare_bits(cols),
          first == 0, first + count == cols};
      multiply_batch<tile_rows>(w, layout.row_bytes, activations, count, batch, output);
    });
  }
}

void matmul_q4_generic(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                       size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q4_layout(cols);
  const size_t padded = q4_groups(cols) * kQ4Group;  // activations are zero behind cols
  const size_t groups = q4_groups(cols);
  const size_t chunk = kVectorUnit ? kChunk : padded;
  Activations activations(x, x_stride, Order::kNibbles);
  for (size_t first = 0; first < padded; first += chunk) {
    const size_t count = padded - first < chunk ? padded - first : chunk;
    activations.take(first, count, batch);
    for_each_tile(first_row, rows, [&](size_t i, auto tile_rows) {
      const std::byte* row = panels + layout.row(first_row + i) + first / 2;
      const std::byte* group_scales = panels + layout.group_scales(first_row + i, groups) + first / kQ4Group;
      const TileOutput output{out + i,
                              out_stride,
                              panels + layout.row_scale(first_row + i),
                              q4_spare_bits(cols),
                              first == 0,
                              first + count == padded};
      if constexpr (kVectorUnit) {
        int16_t weights[tile_rows * kChunk];
        for (size_t r = 0; r < tile_rows; ++r) {
          unpack_groups(row + r * layout.row_bytes, group_scales + r * groups, count / kQ4Group, weights + r * kChunk);
        }
        multiply_batch<tile_rows>(weights, kChunk, activations, count, batch, output);
      } else {
        for (size_t b = 0; b < batch; ++b) {
          int32_t sum[tile_rows][1] = {};
          multiply_nibbles<tile_rows>(row, layout.row_bytes, group_scales, groups, x + b * x_stride, sum);
          output.store(b, sum);
        }
      }
    });
  }
}

void scores_i8_generic(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                       size_t head_dim, size_t length, Multiplier m) {
  if constexpr (!kVectorUnit) {
    scores_i8_ref(y, keys, key_stride, codes, q, head_dim, length, m);
    return;
  }
  for (size_t t = 0; t < length; ++t) {
    // Keys and query are padded with zeros to a multiple of 8. Products of int8 fit int16; neighbours are added in
    // int32.
    Vec4 sums = {};
    for (size_t d = 0; d < head_dim; d += 8) {
      const Vec8 products = widen8(keys + t * key_stride + d) * widen8(q + d);
      const auto pairs = reinterpret_cast<Vec4>(products);
      sums += ((pairs << 16) >> 16) + (pairs >> 16);
    }
    const int32_t dot = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    const int32_t v = dot * static_cast<int32_t>(code_mantissa(codes[t]));
    y[t] = scaled(v, {m.mantissa, m.shift - static_cast<int32_t>(code_octave(codes[t]))});
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
    const uint32_t octaves = distance / kExp2Steps;
    const uint32_t p = octaves < 16 ? kExp2Table[distance % kExp2Steps] >> octaves : 0;
    result.sum += p;
    const uint32_t below = result.octave - code_octave(codes[t]);
    const uint32_t shift = 5 + (below < 15 ? below : 15);
    a[t] = static_cast<uint16_t>((p * code_mantissa(codes[t]) + (1u << (shift - 1))) >> shift);
  }
  return result;
}

void mix_i8_generic(int32_t* out, const int8_t* values, size_t value_stride, const uint16_t* a, size_t head_dim,
                    size_t length, int32_t shift) {
  constexpr size_t kBlock = 1024;  // 15360 * 127 * 1024 < 2^31
  const auto dot = [&](const int8_t* row, size_t first, size_t count) {
    int32_t sum = 0;
    for (size_t t = first; t < first + count; ++t) sum += static_cast<int16_t>(row[t]) * static_cast<int16_t>(a[t]);
    return sum;
  };
  for (size_t d = 0; d < head_dim; ++d) {
    const int8_t* row = values + d * value_stride;
    int64_t sum = 0;
    for (size_t first = 0; first < length; first += kBlock) {
      sum += dot(row, first, length - first < kBlock ? length - first : kBlock);
    }
    out[d] = static_cast<int32_t>(sum >> shift);
  }
}

}  // namespace thimble
