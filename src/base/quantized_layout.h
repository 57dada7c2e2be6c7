// How the rows of a quantised matrix lie in memory; docs/FORMAT.md, "Quantised matrices", says the same in words.
//
// A matrix is a sequence of panels of 8 rows. A panel begins with the scales of its rows, so that whoever has a panel
// has all it takes to compute its rows, whether it is mapped or arrives from a card.
//
//   q8 panel: u16 row scale [8] | rows [8][row bytes], one byte a weight
//   q4 panel: u16 row scale [8] | group scales [8][blocks] | zeros to 16 | rows [8][row bytes], two weights a byte
//
// The last panel has the scales of 8 rows, but only the rows that are left.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/fixed.h"

namespace thimble {

inline constexpr uint32_t kPanelRows = 8;
inline constexpr uint32_t kQ4Block = 32;        // weights in 16 bytes, in two groups
inline constexpr uint32_t kQ4Group = 16;        // weights under one group scale
inline constexpr uint32_t kVectorPadding = 32;  // int8 vectors are zero up to a multiple of this
inline constexpr size_t kRowScaleBytes = kPanelRows * sizeof(uint16_t);

// cols <= 65536
constexpr size_t q8_row_bytes(size_t cols) { return round_up<size_t>(cols, 16); }
constexpr size_t q4_blocks(size_t cols) { return (cols + kQ4Block - 1) / kQ4Block; }
constexpr size_t q4_row_bytes(size_t cols) { return q4_blocks(cols) * (kQ4Block / 2); }

constexpr size_t q8_header_bytes() { return kRowScaleBytes; }
constexpr size_t q4_header_bytes(size_t cols) {
  return kRowScaleBytes + round_up<size_t>(kPanelRows * q4_blocks(cols), 16);
}

// Whole panels, and a last part of one.
constexpr size_t panel_count(size_t rows) { return (rows + kPanelRows - 1) / kPanelRows; }

// Where row r and its scales stand, from the start of the matrix.
struct PanelLayout {
  size_t header_bytes;
  size_t row_bytes;

  constexpr size_t panel(size_t r) const { return r / kPanelRows * (header_bytes + kPanelRows * row_bytes); }
  constexpr size_t row(size_t r) const { return panel(r) + header_bytes + r % kPanelRows * row_bytes; }
  constexpr size_t row_scale(size_t r) const { return panel(r) + r % kPanelRows * sizeof(uint16_t); }
  // q4: the row's group scales, a byte for each of its blocks
  constexpr size_t group_scales(size_t r, size_t blocks) const {
    return panel(r) + kRowScaleBytes + r % kPanelRows * blocks;
  }
};
constexpr PanelLayout q8_layout(size_t cols) { return {q8_header_bytes(), q8_row_bytes(cols)}; }
constexpr PanelLayout q4_layout(size_t cols) { return {q4_header_bytes(cols), q4_row_bytes(cols)}; }

// Halves of a byte, two's complement, -8..7. Byte j of a block holds weight j in its lower half and weight j + 16 in
// its upper; so do the group scales of the block's two groups stand in one byte. A weight is at most 64 in size with
// its group scale: a q4 row is a q8 row in less space.
inline int32_t q4_low(std::byte b) {
  return static_cast<int8_t>(static_cast<uint8_t>(static_cast<uint8_t>(b) << 4)) >> 4;
}
inline int32_t q4_high(std::byte b) { return static_cast<int8_t>(b) >> 4; }

// Bits that the accumulator of a row of `cols` needs beyond those of one product: 2^bits >= cols.
constexpr int32_t row_shift(size_t cols) {
  int32_t bits = 0;
  while ((size_t{1} << bits) < cols) ++bits;
  return bits;
}

// Bits of a product of int8, the weight perhaps -128.
inline constexpr int32_t kProductBits = 14;

// Bits that the accumulator of a row leaves free below 2^31: |acc| < 2^(kProductBits + row_shift), whatever the
// weights.
constexpr int32_t spare_bits(size_t cols) { return 31 - kProductBits - row_shift(cols); }

// acc * row_scale / 2^row_shift, rounded down: two shifts and one high product, without a 64-bit number.
inline int32_t scale_row(int32_t acc, uint16_t row_scale, int32_t spare) {
#if defined(THIMBLE_NO_MUL_HIGH)
  // A scale of 16 bits needs two products of 32 bits only.
  const int32_t lifted = acc * (int32_t{1} << spare);
  const uint32_t low = static_cast<uint32_t>(lifted & 0xffff) * row_scale;
  return ((lifted >> 16) * row_scale + static_cast<int32_t>(low >> 16)) >> 1;
#else
  return mul_high(acc * (int32_t{1} << spare), row_scale * (1 << (kProductBits + 1)));
#endif
}

}  // namespace thimble
