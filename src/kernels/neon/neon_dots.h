// What rests on dot products of bytes: products of quantised matrices, scores of attention. A class Dot says how
// sixteen columns are multiplied, since newer processors have an instruction for it:
//
//   add(sum, w, x)  adds products of neighbouring columns to the lanes of sum, in whatever order
//   add_groups(sum, low, x_low, low_scale, high, x_high, high_scale)  the same for the two groups of a block of q4
//
// Strategy: a panel of eight rows at a time, sixteen columns to a step, for one vector or two: sixteen sums of the 32
// registers.
#pragma once

#include "kernels/neon/neon_vectors.h"
#include "kernels/panels.h"

namespace thimble::neon {

// Two products of int8 fit an int16, and so do two of a nibble and an int8 times the scales of two groups.
struct PlainDot {
  THIMBLE_NEON static int16x8_t products(int8x16_t w, int8x16_t x) {
    return vmlal_high_s8(vmull_s8(vget_low_s8(w), vget_low_s8(x)), w, x);
  }
  THIMBLE_NEON static int32x4_t add(int32x4_t sum, int8x16_t w, int8x16_t x) {
    return vpadalq_s16(sum, products(w, x));
  }
  THIMBLE_NEON static int32x4_t add_groups(int32x4_t sum, int8x16_t low, int8x16_t x_low, int32_t low_scale,
                                           int8x16_t high, int8x16_t x_high, int32_t high_scale) {
    const int16x8_t scaled = vmulq_n_s16(products(low, x_low), static_cast<int16_t>(low_scale));
    return vpadalq_s16(sum, vmlaq_n_s16(scaled, products(high, x_high), static_cast<int16_t>(high_scale)));
  }
};

// The vectors of a batch that a tile is multiplied with.
struct Inputs {
  const int8_t* x;
  size_t stride;
};

// Accumulators of kRows rows of int8, `bytes` long, a multiple of 16, for each vector.
template <class Dot, size_t kRows, size_t kBatch>
THIMBLE_NEON void q8_sums(const int8_t* w, size_t bytes, const Inputs& in, int32x4_t (&sums)[kBatch][kPanelRows]) {
  for (size_t c = 0; c < bytes; c += 16) {
    int8x16_t v[kBatch];
    for (size_t b = 0; b < kBatch; ++b) v[b] = vld1q_s8(in.x + b * in.stride + c);
    for (size_t r = 0; r < kRows; ++r) {
      const int8x16_t weights = vld1q_s8(w + r * bytes + c);
      for (size_t b = 0; b < kBatch; ++b) sums[b][r] = Dot::add(sums[b][r], weights, v[b]);
    }
  }
}

// The same for rows of q4.
template <class Dot, size_t kRows, size_t kBatch>
THIMBLE_NEON void q4_sums(const std::byte* w, const std::byte* group_scales, size_t blocks, const Inputs& in,
                          int32x4_t (&sums)[kBatch][kPanelRows]) {
  constexpr size_t kBlockBytes = kQ4Block / 2;
  for (size_t k = 0; k < blocks; ++k) {
    int8x16_t low_v[kBatch], high_v[kBatch];
    for (size_t b = 0; b < kBatch; ++b) {
      low_v[b] = vld1q_s8(in.x + b * in.stride + k * kQ4Block);
      high_v[b] = vld1q_s8(in.x + b * in.stride + k * kQ4Block + kQ4Group);
    }
    for (size_t r = 0; r < kRows; ++r) {
      const int8x16_t block = vld1q_s8(reinterpret_cast<const int8_t*>(w + (r * blocks + k) * kBlockBytes));
      const int8x16_t low = vshrq_n_s8(vshlq_n_s8(block, 4), 4);
      const int8x16_t high = vshrq_n_s8(block, 4);
      const std::byte scales = group_scales[r * blocks + k];
      for (size_t b = 0; b < kBatch; ++b) {
        sums[b][r] = Dot::add_groups(sums[b][r], low, low_v[b], q4_low(scales), high, high_v[b], q4_high(scales));
      }
    }
  }
}

// scale_row() of base/quantized_layout.h for `count` accumulators, at most four, of neighbouring rows.
THIMBLE_NEON int32x4_t scale_rows(int32x4_t sums, const uint16_t* row_scales, size_t count, int32_t spare) {
  const auto scales = vreinterpretq_s32_u32(vshll_n_u16(load(row_scales, count), kProductBits + 1));
  return mul_high(vshlq_s32(sums, vdupq_n_s32(spare)), scales);
}

// Calls sums(tile, count, inputs, result) for tiles of rows and all vectors of a batch, by pairs, and stores what comes
// out, scaled.
template <class Sums>
THIMBLE_NEON void multiply_panels(const PanelWalk& rows, size_t cols, const Inputs& in, int32_t* out, size_t out_stride,
                                  size_t batch, const Sums& sums) {
  const int32_t spare = spare_bits(cols);
  for_each_tile<kPanelRows>(
      rows, [&](const PanelWalk& tile, auto count) __attribute__((always_inline)) {
        const auto finish = [&](const int32x4_t* result, size_t b) __attribute__((always_inline)) {
          int32_t* to = out + b * out_stride + tile.i();
          for (size_t r = 0; r < count; r += kWidth) {
            store(to + r, scale_rows(sum_rows(result + r), tile.row_scales() + r, count - r, spare), count - r);
          }
        };
        size_t b = 0;
        for (; b + 2 <= batch; b += 2) {
          int32x4_t result[2][kPanelRows] = {};
          sums(tile, count, Inputs{in.x + b * in.stride, in.stride}, result);
          finish(result[0], b);
          finish(result[1], b + 1);
        }
        if (b < batch) {
          int32x4_t result[1][kPanelRows] = {};
          sums(tile, count, Inputs{in.x + b * in.stride, in.stride}, result);
          finish(result[0], b);
        }
      });
}

template <class Dot>
THIMBLE_NEON void matmul_q8(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const Inputs& in,
                            int32_t* out, size_t out_stride, size_t batch) {
  const PanelLayout layout = q8_layout(cols);
  multiply_panels(
      {panels, layout, first_row, rows}, cols, in, out, out_stride,
      batch, [&](const PanelWalk& tile, auto count, const Inputs& some, auto& result) __attribute__((always_inline)) {
        q8_sums<Dot, count>(reinterpret_cast<const int8_t*>(tile.weights()), layout.row_bytes, some, result);
      });
}

template <class Dot>
THIMBLE_NEON void matmul_q4(const std::byte* panels, size_t cols, size_t first_row, size_t rows, const Inputs& in,
                            int32_t* out, size_t out_stride, size_t batch) {
  const size_t blocks = q4_blocks(cols);
  multiply_panels(
      {panels, q4_layout(cols), first_row, rows}, cols, in, out, out_stride,
      batch, [&](const PanelWalk& tile, auto count, const Inputs& some, auto& result) __attribute__((always_inline)) {
        q4_sums<Dot, count>(tile.weights(), tile.group_scales(blocks), blocks, some, result);
      });
}

// code_mantissa() and code_octave() of four codes.
THIMBLE_NEON int32x4_t mantissas(uint32x4_t codes) {
  return vreinterpretq_s32_u32(vaddq_u32(vandq_u32(codes, vdupq_n_u32(7)), vdupq_n_u32(8)));
}
THIMBLE_NEON int32x4_t octaves(uint32x4_t codes) { return vreinterpretq_s32_u32(vshrq_n_u32(codes, 3)); }

// Dot products of kKeys keys with a query, both zero behind their dimensions. Lane k: key k.
template <class Dot, size_t kKeys>
THIMBLE_NEON int32x4_t key_dots(const int8_t* keys, size_t stride, const int8_t* q) {
  const auto eight = [](const int8_t* p) __attribute__((always_inline)) {
    return vcombine_s8(vld1_s8(p), vdup_n_s8(0));
  };
  int32x4_t sums[kWidth] = {};
  size_t d = 0;
  for (; d + 16 <= stride; d += 16) {
    const int8x16_t query = vld1q_s8(q + d);
    for (size_t k = 0; k < kKeys; ++k) sums[k] = Dot::add(sums[k], vld1q_s8(keys + k * stride + d), query);
  }
  if (d < stride) {
    const int8x16_t query = eight(q + d);
    for (size_t k = 0; k < kKeys; ++k) sums[k] = Dot::add(sums[k], eight(keys + k * stride + d), query);
  }
  return sum_rows(sums);
}

template <class Dot>
THIMBLE_NEON void scores_i8(int32_t* y, const int8_t* keys, size_t key_stride, const uint8_t* codes, const int8_t* q,
                            size_t length, Multiplier m) {
  const int32x4_t mantissa = vdupq_n_s32(m.mantissa);
  const int32x4_t shift = vdupq_n_s32(m.shift);
  const auto finish = [&](size_t t, int32x4_t dots, size_t left) __attribute__((always_inline)) {
    const uint32x4_t code = load_bytes(codes + t, left);
    const int32x4_t v = mul_high(vmulq_s32(dots, mantissas(code)), mantissa);
    store(y + t, shifted(v, vsubq_s32(shift, octaves(code))), left);
  };
  size_t t = 0;
  for (; t + kWidth <= length; t += kWidth) {
    finish(t, key_dots<Dot, kWidth>(keys + t * key_stride, key_stride, q), kWidth);
  }
  for (; t < length; ++t) finish(t, key_dots<Dot, 1>(keys + t * key_stride, key_stride, q), 1);
}

}  // namespace thimble::neon
