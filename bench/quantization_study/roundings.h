// Ways to round a matrix to few bits and back.
#pragma once

#include <cstdint>
#include <functional>

#include "bench/quantization_study/weights.h"

namespace thimble::study {

struct Rounded {
  Matrix matrix;
  double bytes = 0;
};
using Rounding = std::function<Rounded(const Weights&, TensorName)>;

// Where a scale comes from.
enum class ScaleRule {
  kLargest,       // the largest weight gets the last integer
  kLeastSquares,  // then twice the best scale for the integers that the last one gave
  kSearch15,      // many candidates, each refined by least squares; the least sum of |error|^1.5 wins
  kSearch2,       // likewise of squares
  kSearch3,       // likewise of cubes
};

// What the errors of a column count for.
enum class Importance {
  kEqual,
  kNorm,           // the square of the norm's weight, where a norm stands before the matrix
  kNormEmbedding,  // and the mean square of the embedding there, as a guess at the residual stream
};

struct Q8Form {
  bool per_tensor = false;  // one scale for all rows
  ScaleRule rule = ScaleRule::kSearch2;
};

struct Q4Form {
  uint32_t group = 16;       // weights under one scale
  int scale_bits = 4;        // integer scales under a 16-bit scale of the row; 0: an f16 scale for itself
  bool signed_scale = true;  // nibbles are -8..7, so a sign says which end reaches further
  ScaleRule rule = ScaleRule::kSearch2;
  Importance importance = Importance::kEqual;
};

Rounding q8(const Q8Form& form);
Rounding q4(const Q4Form& form);
// By the quantiser of `thimble convert`; kQ8 or kQ4.
Rounding converted(DType type);

// `weights` with each matrix for which `choose` gives a rounding rounded so. It may give none.
struct Changed {
  Weights weights;
  double bytes = 0;  // of the changed matrices
  double count = 0;  // of their weights
};
Changed change(const Weights& weights, const std::function<Rounding(TensorName)>& choose);

}  // namespace thimble::study
