// How tools hand weights to each other: a row at a time, so that a matrix larger than memory can pass.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace thimble::tools {

// Writes row `row` of a matrix, as many floats as it has columns, to `out`. May be asked for any row, and again.
using ReadRow = std::function<void(uint32_t row, std::span<float> out)>;

}  // namespace thimble::tools
