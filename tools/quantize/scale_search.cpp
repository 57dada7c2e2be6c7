#include "tools/quantize/scale_search.h"

#include <algorithm>
#include <cmath>

namespace thimble::tools {
namespace {

// <w, q> / <q, q>: the scale that is best for the integers that `scale` gives. 0 when those are all 0.
double least_squares(std::span<const float> weights, double scale, IntegerRange range) {
  double wq = 0;
  double qq = 0;
  for (const float weight : weights) {
    const double q = quantized(static_cast<double>(weight), scale, range);
    wq += static_cast<double>(weight) * q;
    qq += q * q;
  }
  return qq == 0 ? 0 : wq / qq;
}

}  // namespace

int32_t quantized(double weight, double scale, IntegerRange range) {
  if (scale == 0) return 0;
  const double q = std::clamp(weight / scale, static_cast<double>(range.least), static_cast<double>(range.most));
  return static_cast<int32_t>(q < 0 ? q - 0.5 : q + 0.5);
}

double misfit(std::span<const float> weights, double scale, IntegerRange range) {
  double sum = 0;
  for (const float weight : weights) {
    const double w = static_cast<double>(weight);
    const double error = w - quantized(w, scale, range) * scale;
    sum += error * error;
  }
  return sum;
}

double best_scale(std::span<const float> weights, ScaleGrid grid, bool negative, IntegerRange range) {
  constexpr int kRefinements = 2;
  double largest = 0;
  for (const float w : weights) largest = std::max(largest, std::abs(static_cast<double>(w)));
  if (largest == 0) return 0;
  double best = 0;
  double least_misfit = misfit(weights, 0, range);
  for (int i = 0; i <= grid.steps; ++i) {
    const double levels = grid.fewest + (grid.most - grid.fewest) * i / grid.steps;
    double scale = (negative ? -largest : largest) / levels;
    for (int round = 0; round <= kRefinements && scale != 0; ++round) {
      const double m = misfit(weights, scale, range);
      if (m < least_misfit) {
        least_misfit = m;
        best = scale;
      }
      scale = least_squares(weights, scale, range);
    }
  }
  return best;
}

}  // namespace thimble::tools
