// Where a matrix may be cut so that each part can be multiplied by itself: between rows of f32, f16 and q16, between
// panels of q8 and q4.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/quantized_layout.h"
#include "thimble/model.h"

namespace thimble {

struct RowUnit {
  size_t rows = 1;
  size_t bytes = 0;
};

inline RowUnit row_unit(const TensorView& w) {
  if (w.type == DType::kQ8) return {kPanelRows, q8_layout(w.cols).panel(kPanelRows)};
  if (w.type == DType::kQ4) return {kPanelRows, q4_layout(w.cols).panel(kPanelRows)};
  return {1, w.row_bytes};
}

// Where row r, the first one of a unit or the end of the matrix, begins in the file.
inline uint64_t row_offset(const TensorView& w, const RowUnit& unit, size_t r) {
  return w.offset + (r == w.rows ? w.bytes : uint64_t{r / unit.rows} * unit.bytes);
}

}  // namespace thimble
