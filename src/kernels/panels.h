// The walk over the rows of a quantised matrix, panel by panel (base/quantized_layout.h), for every kernel set.
#pragma once

#include <type_traits>

#include "base/quantized_layout.h"

namespace thimble {

// The scale of a row as it stands in its panel, on an even address.
using RowScale = uint16_t __attribute__((may_alias));

// The walk over rows first_row .. first_row + rows - 1 of a matrix, and where it stands. Panels follow each other, so
// that no row has to be looked for.
class PanelWalk {
 public:
  PanelWalk(const std::byte* panels, const PanelLayout& layout, size_t first_row, size_t rows)
      : layout_(layout),
        rows_(rows),
        panel_bytes_(layout.panel(kPanelRows)),
        panel_(panels + layout.panel(first_row)),
        row_(first_row % kPanelRows) {}

  bool done() const { return i_ >= rows_; }
  size_t i() const { return i_; }  // among the rows of the walk
  size_t left_in_panel() const { return rows_ - i_ < kPanelRows - row_ ? rows_ - i_ : kPanelRows - row_; }
  void advance(size_t count) {
    i_ += count;
    row_ += count;
    if (row_ < kPanelRows) return;
    row_ = 0;
    panel_ += panel_bytes_;
  }

  // Panels that the walk goes over as a whole next, and the way past some of them.
  size_t whole_panels() const { return row_ == 0 ? (rows_ - i_) / kPanelRows : 0; }
  void advance_panels(size_t count) {
    i_ += count * kPanelRows;
    panel_ += count * panel_bytes_;
  }

  const std::byte* panel() const { return panel_; }
  size_t row() const { return row_; }  // in the panel
  const std::byte* weights() const { return panel_ + layout_.header_bytes + row_ * layout_.row_bytes; }
  const RowScale* row_scales() const { return reinterpret_cast<const RowScale*>(panel_) + row_; }
  // q4: a byte for each block of a row, then those of the next
  const std::byte* group_scales(size_t blocks) const { return panel_ + kRowScaleBytes + row_ * blocks; }

 private:
  const PanelLayout layout_;
  const size_t rows_;
  const size_t panel_bytes_;
  const std::byte* panel_;
  size_t row_;  // in the panel
  size_t i_ = 0;
};

// Calls visit(walk, count) with tiles of kRows rows, of half as many, and of single ones, none of them across the end
// of a panel. `count` is an integral_constant, so that a kernel keeps a tile's sums in registers.
template <size_t kRows, class Visit>
void for_each_tile(PanelWalk walk, const Visit& visit) {
  while (!walk.done()) {
    const size_t left = walk.left_in_panel();
    size_t count = 1;
    if (left >= kRows) {
      count = kRows;
      visit(walk, std::integral_constant<size_t, kRows>());
    } else if (left >= kRows / 2) {
      count = kRows / 2;
      visit(walk, std::integral_constant<size_t, kRows / 2>());
    } else {
      visit(walk, std::integral_constant<size_t, 1>());
    }
    walk.advance(count);
  }
}

// The accumulators of the next `count` rows, all of one panel, become results, in place.
inline void scale_rows(const PanelWalk& walk, size_t count, int32_t spare, int32_t* sums) {
  const RowScale* scales = walk.row_scales();
  for (size_t r = 0; r < count; ++r) sums[r] = scale_row(sums[r], scales[r], spare);
}

// The same for all rows of a product, out [batch, out_stride].
inline void scale_product(PanelWalk walk, int32_t spare, int32_t* out, size_t out_stride, size_t batch) {
  while (!walk.done()) {
    const size_t count = walk.left_in_panel();
    for (size_t b = 0; b < batch; ++b) scale_rows(walk, count, spare, out + b * out_stride + walk.i());
    walk.advance(count);
  }
}

// Zeros where the sums of a product go, out [batch, out_stride].
inline void clear_product(int32_t* out, size_t out_stride, size_t rows, size_t batch) {
  for (size_t b = 0; b < batch; ++b) {
    for (size_t i = 0; i < rows; ++i) out[b * out_stride + i] = 0;
  }
}

}  // namespace thimble
