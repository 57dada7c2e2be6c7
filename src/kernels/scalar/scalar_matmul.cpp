// Strategy: a product of int8 costs at least three instructions here (load the weight, multiply, add), so everything
// else is shared: all rows of a tile use each activation that is loaded, and loops are unrolled. Rows of weights and
// vectors are padded to 16, with zeros in the vectors: there are no tails.
//
// Pairs: a 32-bit product holds two products if their lanes do not meet. With weights n, m and activations x, y,
//   (n + m 2^16) * (y + x 2^16) = n y + (n x + m y) 2^16   modulo 2^32,
// and its upper half, rounded to nearest, is n x + m y as long as both n y and that sum stay below 2^15 in size. A mask
// takes two lanes of weights out of a word; offset to be unsigned, since lanes of a word know no sign, and the product
// of the offset goes off again by a constant of the activations.
//
// For q4 the bounds hold over a group of 16 for the sum of all 8 pairs (8 * 2 * 8 * 127 < 2^15), so that one shift
// serves the group. For q8 each pair would take its own, and nothing is gained.

#include "kernels/panels.h"
#include "kernels/scalar/scalar_kernels.h"
#include "kernels/scalar/settle.h"

namespace thimble {
namespace {

// A whole panel where 31 registers hold its sums and pointers, half of one elsewhere.
#if defined(__riscv)
constexpr size_t kByteTileRows = 8;
#else
constexpr size_t kByteTileRows = 4;
#endif
// Lanes take more registers; Xtensa's windows have 16.
#if defined(__xtensa__)
constexpr size_t kPairTileRows = 2;
#else
constexpr size_t kPairTileRows = 4;
#endif
constexpr size_t kStep = 16;  // columns of an unrolled loop: what rows are padded to

using Word = uint32_t __attribute__((may_alias));

// Rows of q8, `stride` bytes apart, with one vector. cols: a multiple of kStep. Sums become results while they are in
// registers.
template <size_t kRows>
void multiply_bytes(const int8_t* w, size_t stride, const int8_t* x, size_t cols, const RowScale* scales, int32_t spare,
                    int32_t* out) {
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
  for (size_t r = 0; r < kRows; ++r) out[r] = scale_row(sum[r], scales[r], spare);
}

uint32_t pair(int8_t lower, int8_t upper) {
  return static_cast<uint32_t>(upper) + (static_cast<uint32_t>(lower) << 16);
}

// What a block of a vector becomes for q4: the pairs of its two groups in the order of use, and the starts of their
// sums.
constexpr size_t kPairs = kQ4Block / 2;
struct PairBlock {
  uint32_t pairs[kPairs];
  uint32_t low_start;
  uint32_t high_start;
};
constexpr size_t kBlocksAtOnce = 16;  // of all vectors together: 1152 bytes of stack
static_assert(kBlocksAtOnce >= kMostBatch);

// Word i of a block holds weights j = 4 i .. 4 i + 3 and j + 16: masked at nibbles 0, 1, 2 and 3 it gives the lanes
// (j, j + 2), (j + 16, j + 18), (j + 1, j + 3), (j + 17, j + 19). The weights are nibbles offset by 8, which the starts
// take off again; they also hold the half for rounding.
void make_pairs(const int8_t* x, PairBlock* out) {
  uint32_t low_sum = 0;
  uint32_t high_sum = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int8_t* low = x + 4 * i;
    const int8_t* high = low + kQ4Group;
    uint32_t* to = out->pairs + 4 * i;
    to[0] = pair(low[0], low[2]);
    to[1] = pair(high[0], high[2]);
    to[2] = pair(low[1], low[3]);
    to[3] = pair(high[1], high[3]);
    low_sum += to[0] + to[2];
    high_sum += to[1] + to[3];
  }
  out->low_start = 0x8000u - 0x00080008u * low_sum;
  out->high_start = 0x8000u - 0x00080008u * high_sum;
}

// Adds the blocks of kRows rows to sums[r].
template <size_t kRows>
[[gnu::noinline]] void multiply_pairs(const std::byte* w, size_t row_bytes, const std::byte* group_scales,
                                      size_t blocks_per_row, const PairBlock* x, size_t blocks, int32_t* sums) {
  constexpr uint32_t kLanes = 0x000f000fu;
  for (size_t k = 0; k < blocks; ++k, ++x) {
    uint32_t low[kRows];
    uint32_t high[kRows];
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      low[r] = x->low_start;
      high[r] = x->high_start;
    }
#pragma GCC unroll 4
    for (size_t i = 0; i < 4; ++i) {
      const uint32_t* p = x->pairs + 4 * i;
      const uint32_t p0 = p[0], p1 = p[1], p2 = p[2], p3 = p[3];
#pragma GCC unroll 8
      for (size_t r = 0; r < kRows; ++r) {
        const uint32_t word = reinterpret_cast<const Word*>(w + r * row_bytes)[4 * k + i] ^ 0x88888888u;
        low[r] += (word & kLanes) * p0 + (word >> 8 & kLanes) * p2;
        high[r] += (word >> 4 & kLanes) * p1 + (word >> 12 & kLanes) * p3;
        settle(low[r]);
        settle(high[r]);
      }
    }
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      const std::byte scales = group_scales[r * blocks_per_row + k];
      sums[r] += q4_low(scales) * (static_cast<int32_t>(low[r]) >> 16) +
                 q4_high(scales) * (static_cast<int32_t>(high[r]) >> 16);
    }
  }
}

}  // namespace

void matmul_q8_scalar(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                      size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  const int32_t spare = spare_bits(cols);
  for_each_tile<kByteTileRows>({panels, layout, first_row, rows}, [&](const PanelWalk& tile, auto count) {
    const auto* w = reinterpret_cast<const int8_t*>(tile.weights());
    const RowScale* scales = tile.row_scales();
    for (size_t b = 0; b < batch; ++b) {
      multiply_bytes<count>(w, layout.row_bytes, x + b * x_stride, layout.row_bytes, scales, spare,
                            out + b * out_stride + tile.i());
    }
  });
}

void matmul_q4_scalar(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const int8_t* x,
                      size_t x_stride, int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q4_layout(cols);
  const size_t blocks = q4_blocks(cols);
  const size_t blocks_at_once = kBlocksAtOnce / batch;
  PairBlock vectors[kBlocksAtOnce];
  clear_product(out, out_stride, rows, batch);
  for (size_t first = 0; first < blocks; first += blocks_at_once) {
    const size_t left = blocks - first < blocks_at_once ? blocks - first : blocks_at_once;
    for (size_t b = 0; b < batch; ++b) {
      for (size_t k = 0; k < left; ++k) {
        make_pairs(x + b * x_stride + (first + k) * kQ4Block, &vectors[b * blocks_at_once + k]);
      }
    }
    for_each_tile<kPairTileRows>({panels, layout, first_row, rows}, [&](const PanelWalk& tile, auto count) {
      const std::byte* w = tile.weights() + first * (kQ4Block / 2);
      const std::byte* group_scales = tile.group_scales(blocks) + first;
      for (size_t b = 0; b < batch; ++b) {
        multiply_pairs<count>(w, layout.row_bytes, group_scales, blocks, vectors + b * blocks_at_once, left,
                              out + b * out_stride + tile.i());
      }
    });
  }
  scale_product({panels, layout, first_row, rows}, spare_bits(cols), out, out_stride, batch);
}

}  // namespace thimble
