// Strategy: a product of int8 costs at least three instructions here (load the weight, multiply, add), so everything
// else is shared: four rows use each activation that is loaded, and loops are unrolled. Rows of weights and vectors are
// padded to 16, with zeros in the vectors: there are no tails.
//
// Words: a processor without a signed byte load takes four weights at once, offset by 128 so that they are unsigned
// bytes; 128 times the sum of the activations goes off in the end.
//
// q4: a 32-bit product holds two products of a nibble and the lanes do not meet. With weights n, m and activations x,
// y,
//   (n + m 2^16) * (y + x 2^16) = n y + (n x + m y) 2^16   modulo 2^32,
// and over a group of 32 the sum of all n y stays below 2^15 and that of (n x + m y) below 2^15, in size. So 16 such
// products may be added before the upper half is taken, rounded to nearest; nothing is lost.

#include "base/quantized_layout.h"
#include "kernels/scalar/hold_loads.h"
#include "kernels/scalar/scalar_kernels.h"

namespace thimble {
namespace {

// A whole panel where 31 registers hold its sums and pointers, half of one elsewhere.
#if defined(__riscv)
constexpr size_t kByteTileRows = 8;
#else
constexpr size_t kByteTileRows = 4;
#endif
constexpr size_t kTileRows = 4;
constexpr size_t kStep = 16;  // columns of an unrolled loop: what rows are padded to

using Word = uint32_t __attribute__((may_alias));
using Half = uint16_t __attribute__((may_alias));

// Sums of kRows rows, `stride` bytes apart, with one vector. cols: a multiple of kStep.
template <size_t kRows>
void multiply_bytes(const int8_t* w, size_t stride, const int8_t* x, size_t cols, int32_t* out) {
  const int8_t* row[kRows];
  int32_t sum[kRows] = {};
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) row[r] = w + r * stride;
  for (const int8_t* const end = x + cols; x != end; x += kStep) {
#pragma GCC unroll 16
    for (size_t c = 0; c < kStep; ++c) {
      const int32_t factor = x[c];
#pragma GCC unroll 8
      for (size_t r = 0; r < kRows; ++r) sum[r] += row[r][c] * factor;
      hold_loads();
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) row[r] += kStep;
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) out[r] = sum[r];
}

// The same by words. `offset`: 128 times the sum of x. Sums of unsigned products stay below 255 * 127 * 65536 < 2^31.
template <size_t kRows>
void multiply_words(const int8_t* w, size_t stride, const int8_t* x, size_t cols, int32_t offset, int32_t* out) {
  constexpr size_t kBytes = sizeof(Word);
  const Word* row[kRows];
  int32_t sum[kRows];
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) row[r] = reinterpret_cast<const Word*>(w + r * stride);
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) sum[r] = -offset;
  for (const int8_t* const end = x + cols; x != end; x += 2 * kBytes) {
#pragma GCC unroll 2
    for (size_t half = 0; half < 2; ++half) {
      const int8_t* factors = x + half * kBytes;
      const int32_t x0 = factors[0], x1 = factors[1], x2 = factors[2], x3 = factors[3];
#pragma GCC unroll 8
      for (size_t r = 0; r < kRows; ++r) {
        const uint32_t four = row[r][half] ^ 0x80808080u;
        sum[r] += static_cast<int32_t>(four & 255) * x0;
        sum[r] += static_cast<int32_t>(four >> 8 & 255) * x1;
        sum[r] += static_cast<int32_t>(four >> 16 & 255) * x2;
        sum[r] += static_cast<int32_t>(four >> 24) * x3;
        hold_loads();
      }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) row[r] += 2;
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows; ++r) out[r] = sum[r];
}

int32_t sum_of(const int8_t* x, size_t n) {
  int32_t sum = 0;
  for (size_t i = 0; i < n; ++i) sum += x[i];
  return sum;
}

// Calls many(i) for kRows rows from i on of a part that begins at first_row where a panel has as many left, else
// one(i).
template <size_t kRows, class Many, class One>
void for_each_tile(size_t first_row, size_t rows, const Many& many, const One& one) {
  for (size_t i = 0; i < rows;) {
    const size_t left_in_panel = kPanelRows - (first_row + i) % kPanelRows;
    if (left_in_panel >= kRows && rows - i >= kRows) {
      many(i);
      i += kRows;
    } else {
      one(i);
      i += 1;
    }
  }
}

// Sums become results.
void scale_rows(const std::byte* panels, const PanelLayout& layout, size_t first_row, size_t rows, int32_t spare,
                int32_t* out) {
  for (size_t i = 0; i < rows;) {
    const size_t left_in_panel = kPanelRows - (first_row + i) % kPanelRows;
    const size_t last = rows - i < left_in_panel ? rows : i + left_in_panel;
    const auto* scale = reinterpret_cast<const Half*>(panels + layout.row_scale(first_row + i));
    for (; i < last; ++i, ++scale) out[i] = scale_row(out[i], *scale, spare);
  }
}

// What a group of a vector becomes for q4: 16 pairs and the start of the sum.
constexpr size_t kPairs = kQ4Group / 2;
struct PairGroup {
  uint32_t pairs[kPairs];
  uint32_t start;
};
constexpr size_t kGroupsAtOnce = 16;  // of all vectors together: 1088 bytes of stack

uint32_t pair(int8_t lower, int8_t upper) {
  return static_cast<uint32_t>(upper) + (static_cast<uint32_t>(lower) << 16);
}

// Word i of a group holds weights j = 4 i .. 4 i + 3 and j + 16: masked at nibbles 0, 1, 2 and 3 it gives the lanes
// (j, j + 2), (j + 16, j + 18), (j + 1, j + 3), (j + 17, j + 19). The weights are nibbles offset by 8, which `start`
// takes off again; it also holds the half for rounding.
void make_pairs(const int8_t* x, PairGroup* out) {
  uint32_t sum = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int8_t* low = x + 4 * i;
    const int8_t* high = low + kQ4Group / 2;
    uint32_t* to = out->pairs + 4 * i;
    to[0] = pair(low[0], low[2]);
    to[1] = pair(high[0], high[2]);
    to[2] = pair(low[1], low[3]);
    to[3] = pair(high[1], high[3]);
    sum += to[0] + to[1] + to[2] + to[3];
  }
  out->start = 0x8000u - 0x00080008u * sum;
}

// Adds the groups of kRows rows to sums[r].
template <size_t kRows>
void multiply_pairs(const std::byte* w, size_t row_bytes, const std::byte* group_scales, size_t groups_per_row,
                    const PairGroup* x, size_t groups, int32_t* sums) {
  constexpr uint32_t kLanes = 0x000f000fu;
  for (size_t g = 0; g < groups; ++g, ++x) {
    uint32_t acc[kRows];
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) acc[r] = x->start;
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; ++i) {
      const uint32_t* p = x->pairs + 4 * i;
      const uint32_t p0 = p[0], p1 = p[1], p2 = p[2], p3 = p[3];
#pragma GCC unroll 8
      for (size_t r = 0; r < kRows; ++r) {
        const uint32_t word = reinterpret_cast<const Word*>(w + r * row_bytes)[4 * g + i] ^ 0x88888888u;
        acc[r] += (word & kLanes) * p0 + (word >> 4 & kLanes) * p1;
        acc[r] += (word >> 8 & kLanes) * p2 + (word >> 12 & kLanes) * p3;
        hold_loads();
      }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      sums[r] += q4_group_scale(group_scales[r * groups_per_row + g]) * (static_cast<int32_t>(acc[r]) >> 16);
    }
  }
}

}  // namespace

void matmul_q8_scalar(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                      size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  const auto tile = [&](size_t i, auto multiply) {
    const auto* w = reinterpret_cast<const int8_t*>(panels + layout.row(first_row + i));
    for (size_t b = 0; b < batch; ++b) {
      multiply(w, layout.row_bytes, x + b * x_stride, layout.row_bytes, out + b * out_stride + i);
    }
  };
  for_each_tile<kByteTileRows>(
      first_row, rows, [&](size_t i) { tile(i, multiply_bytes<kByteTileRows>); },
      [&](size_t i) { tile(i, multiply_bytes<1>); });
  for (size_t b = 0; b < batch; ++b) {
    scale_rows(panels, layout, first_row, rows, q8_spare_bits(cols), out + b * out_stride);
  }
}

void matmul_q8_scalar_words(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                            size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  int32_t offsets[8];  // of each vector
  for (size_t b = 0; b < batch; ++b) offsets[b] = 128 * sum_of(x + b * x_stride, cols);
  const auto tile = [&](size_t i, auto multiply) {
    const auto* w = reinterpret_cast<const int8_t*>(panels + layout.row(first_row + i));
    for (size_t b = 0; b < batch; ++b) {
      multiply(w, layout.row_bytes, x + b * x_stride, layout.row_bytes, offsets[b], out + b * out_stride + i);
    }
  };
  for_each_tile<kTileRows>(
      first_row, rows, [&](size_t i) { tile(i, multiply_words<kTileRows>); },
      [&](size_t i) { tile(i, multiply_words<1>); });
  for (size_t b = 0; b < batch; ++b) {
    scale_rows(panels, layout, first_row, rows, q8_spare_bits(cols), out + b * out_stride);
  }
}

void matmul_q4_scalar(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                      size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q4_layout(cols);
  const size_t groups = q4_groups(cols);
  const size_t groups_at_once = kGroupsAtOnce / batch;  // batch <= 8
  PairGroup pairs[kGroupsAtOnce];
  for (size_t b = 0; b < batch; ++b) {
    for (size_t i = 0; i < rows; ++i) out[b * out_stride + i] = 0;
  }
  for (size_t first = 0; first < groups; first += groups_at_once) {
    const size_t count = groups - first < groups_at_once ? groups - first : groups_at_once;
    for (size_t b = 0; b < batch; ++b) {
      for (size_t g = 0; g < count; ++g) {
        make_pairs(x + b * x_stride + (first + g) * kQ4Group, &pairs[b * groups_at_once + g]);
      }
    }
    const auto tile = [&](size_t i, auto multiply) {
      const std::byte* w = panels + layout.row(first_row + i) + first * (kQ4Group / 2);
      const std::byte* group_scales = panels + layout.group_scales(first_row + i, groups) + first;
      for (size_t b = 0; b < batch; ++b) {
        multiply(w, layout.row_bytes, group_scales, groups, pairs + b * groups_at_once, count,
                 out + b * out_stride + i);
      }
    };
    for_each_tile<kTileRows>(
        first_row, rows, [&](size_t i) { tile(i, multiply_pairs<kTileRows>); },
        [&](size_t i) { tile(i, multiply_pairs<1>); });
  }
  for (size_t b = 0; b < batch; ++b) {
    scale_rows(panels, layout, first_row, rows, q4_spare_bits(cols), out + b * out_stride);
  }
}

}  // namespace thimble
