// From the bits of a tensor back to floats.
#pragma once

#include <cstdint>
#include <span>

#include "thimble/model.h"

namespace thimble::tools {

// The weights that row `row` of a tensor stands for. `out`: [cols]. Exact, but for what is too small or too large for a
// float.
void dequantize_row(const TensorView& tensor, uint32_t row, std::span<float> out);

}  // namespace thimble::tools
