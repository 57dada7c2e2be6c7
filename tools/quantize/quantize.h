// From floats to the bits of an f16, q8, q4 or q16 tensor. Nothing but +, -, *, / and powers of two in double, so every
// host writes the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/model.h"
#include "tools/read_row.h"

namespace thimble::tools {

struct QuantizedTensor {
  int8_t exponent = 0;       // TensorView::exponent
  double squared_error = 0;  // of all weights together
  double squared_weights = 0;
};

// Writes a matrix [rows, cols] as a tensor of `type` to `out`: tensor_bytes(type, rows, cols) zeros. All weights are
// finite. kF32 copies. Rows are read one at a time, from the first to the last, twice for integer types: no more than a
// row is in memory as floats. Throws Error, which does not name the tensor, when the weights are beyond the range of
// the type.
QuantizedTensor quantize(DType type, uint32_t rows, uint32_t cols, const ReadRow& read_row, std::span<std::byte> out);
QuantizedTensor quantize(DType type, std::span<const float> weights, uint32_t rows, uint32_t cols,
                         std::span<std::byte> out);

}  // namespace thimble::tools
