// The way of one vector through the long rows of a quantised matrix, for q8 and q4, with eight lanes or sixteen. As
// avx2_vectors.h, for files that are compiled for AVX2 or more.
#pragma once

#include "kernels/avx2/avx2_vectors.h"
#include "kernels/panels.h"

namespace thimble::avx2 {

inline constexpr size_t kLongRow = 256;  // columns: those of models that no inner cache holds
inline constexpr size_t kStreams = 4;

// A product of one vector with long rows, as far as whole panels go by four: parts of the matrix side by side, each row
// by row. A processor fetches ahead of who reads memory in its order, but not of who reads eight neighbouring rows.
// row_sums(panel, apart, r, sums) leaves the accumulators of row r of four panels, `apart` bytes from each other, and
// sum_rows() makes the sums of eight of them. Returns how many rows are done.
template <class Vector, class Rows, class SumRows>
THIMBLE_AVX2 size_t multiply_streams(const std::byte* panels, const PanelLayout& layout, size_t first_row, size_t rows,
                                     int32_t spare, int32_t* out, const Rows& row_sums, const SumRows& sum_rows) {
  if (first_row % kPanelRows != 0) return 0;
  const size_t each = rows / kPanelRows / kStreams;
  const size_t panel_bytes = layout.panel(kPanelRows);
  const size_t apart = each * panel_bytes;
  const std::byte* panel = panels + layout.panel(first_row);
  for (size_t p = 0; p < each; ++p) {
    Vector sums[kStreams][kPanelRows];
    for (size_t r = 0; r < kPanelRows; ++r) {
      Vector row[kStreams];
      row_sums(panel, apart, r, row);
      for (size_t s = 0; s < kStreams; ++s) sums[s][r] = row[s];
    }
    for (size_t s = 0; s < kStreams; ++s) {
      const auto* scales = reinterpret_cast<const RowScale*>(panel + s * apart);
      const __m256i scaled = scale_rows(sum_rows(sums[s]), scales, kPanelRows, spare, kProductBits + 1);
      store(out + (s * each + p) * kPanelRows, scaled, kPanelRows);
    }
    panel += panel_bytes;
  }
  return each * kStreams * kPanelRows;
}

}  // namespace thimble::avx2
