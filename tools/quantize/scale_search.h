// The scale under which integers stand best for some weights. docs/QUANTIZATION.md compares what was tried.
#pragma once

#include <cstdint>
#include <span>

namespace thimble::tools {

// The integers of a type: least .. most.
struct IntegerRange {
  int32_t least = 0;
  int32_t most = 0;
};
inline constexpr IntegerRange kQ8Range = {-127, 127};
inline constexpr IntegerRange kNibbleRange = {-8, 7};

// weight / scale to nearest, halves away from zero, inside the range; 0 for a scale of 0.
int32_t quantized(double weight, double scale, IntegerRange range);

// Sum of (w - q scale)^2.
double misfit(std::span<const float> weights, double scale, IntegerRange range);

// Candidates: the largest weight divided by `steps` + 1 numbers of levels in [fewest, most], each refined twice by
// least squares, scale = <w, q> / <q, q>. Returns the one that fits best; of the other sign when `negative`. 0 for
// zeros.
struct ScaleGrid {
  double fewest = 0;
  double most = 0;
  int steps = 0;
};
double best_scale(std::span<const float> weights, ScaleGrid grid, bool negative, IntegerRange range);

}  // namespace thimble::tools
