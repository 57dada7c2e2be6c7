// The ways through the panels of a quantised matrix (kernels/panels.h), for q8 and q4: long rows for one vector, short
// rows for one vector, and any rows for a batch. As avx512_vectors.h, for files that are compiled for AVX-512.
#pragma once

#include "kernels/avx2/avx2_streams.h"
#include "kernels/avx512/avx512_vectors.h"

namespace thimble::avx512 {

using avx2::kLongRow;
using avx2::kStreams;

// avx2::multiply_streams() with 16 lanes.
template <class Rows>
THIMBLE_AVX512 size_t multiply_streams(const std::byte* panels, const PanelLayout& layout, size_t first_row,
                                       size_t rows, int32_t spare, int32_t* out, const Rows& row_sums) {
  return avx2::multiply_streams<__m512i>(
      panels, layout, first_row, rows, spare, out, row_sums,
      [](const __m512i(&sums)[kPanelRows]) __attribute__((always_inline)) { return sum_rows(sums); });
}

// Asks for what stands at the same place of the next panel. A hint cannot fault, and integers may point anywhere.
THIMBLE_AVX512 void prefetch_next_panel(const std::byte* p, size_t panel_bytes) {
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(p) + panel_bytes));
}

// A product of one vector with short rows, whose loops over columns need no counter and no addresses since the layout
// is a constant: without, half of the gain is lost. sums(panel, row, count) are the accumulators of `count` rows of a
// panel from `row` on.
template <size_t kHeaderBytes, size_t kRowBytes, int32_t kSpare, class Sums>
THIMBLE_AVX512 void multiply_short_rows(const std::byte* panels, size_t first_row, size_t rows, int32_t* out,
                                        const Sums& sums) {
  constexpr size_t kPanelBytes = kHeaderBytes + kPanelRows * kRowBytes;
  const auto multiply = [&](const std::byte* panel, size_t row, int32_t* to, auto count)
      __attribute__((always_inline)) {
    const auto* scales = reinterpret_cast<const RowScale*>(panel) + row;
    avx2::store(to, avx2::scale_rows(sums(panel, row, count), scales, count, kSpare, kProductBits + 1), count);
  };
  PanelWalk walk(panels, {kHeaderBytes, kRowBytes}, first_row, rows);
  const size_t whole = walk.whole_panels();
  const std::byte* panel = walk.panel();
  for (size_t p = 0; p < whole; ++p) {
    for (size_t at = 0; at < kPanelBytes; at += 64) prefetch_next_panel(panel + at, kPanelBytes);
    multiply(panel, 0, out + p * kPanelRows, std::integral_constant<size_t, kPanelRows>());
    panel += kPanelBytes;
  }
  walk.advance_panels(whole);
  while (!walk.done()) {
    if (walk.left_in_panel() >= kPanelRows / 2) {
      multiply(walk.panel(), walk.row(), out + walk.i(), std::integral_constant<size_t, kPanelRows / 2>());
      walk.advance(kPanelRows / 2);
    } else {
      multiply(walk.panel(), walk.row(), out + walk.i(), std::integral_constant<size_t, 1>());
      walk.advance(1);
    }
  }
}

// Calls sums(tile, count, b, result) for tiles of rows and all vectors of a batch from b on, by pairs, and stores
// `result`, scaled.
template <class Sums>
THIMBLE_AVX512 void multiply_panels(const PanelWalk& rows, int32_t spare, int32_t* out, size_t out_stride, size_t batch,
                                    const Sums& sums) {
  for_each_tile<kPanelRows>(
      rows, [&](const PanelWalk& tile, auto count) __attribute__((always_inline)) {
        const auto finish = [&](__m256i sum, size_t b) __attribute__((always_inline)) {
          const __m256i scaled = avx2::scale_rows(sum, tile.row_scales(), count, spare, kProductBits + 1);
          avx2::store(out + b * out_stride + tile.i(), scaled, count);
        };
        size_t b = 0;
        for (; b + 2 <= batch; b += 2) {
          __m256i result[2];
          sums(tile, count, b, result);
          finish(result[0], b);
          finish(result[1], b + 1);
        }
        if (b < batch) {
          __m256i result[1];
          sums(tile, count, b, result);
          finish(result[0], b);
        }
      });
}

}  // namespace thimble::avx512
