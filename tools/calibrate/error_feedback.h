// Rounding of a matrix whose inputs are known: the error of each column is made good by the columns that are still to
// be rounded, as far as the inputs of both go together (optimal brain surgery column by column, as in GPTQ).
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <span>

#include "thimble/model.h"
#include "tools/quantize/quantize.h"

namespace thimble::tools {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

class ErrorFeedback {
 public:
  // `second_moments` [cols, cols]: sum over the inputs x of x x^T; positive definite, so with some damping.
  explicit ErrorFeedback(const Eigen::MatrixXd& second_moments);

  // As tools::quantize, for kQ8 and kQ4: the sum over the inputs of |(w - stored) x|^2 is made small. The
  // result states no errors.
  QuantizedTensor quantize(DType type, const RowMatrix& weights, std::span<std::byte> out) const;

  using Spread = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

 private:
  double best_row_scale(DType type, const Eigen::RowVectorXd& w) const;

  // U^T U is the inverse of the second moments. Row j of U says how an error of column j spreads over the columns
  // behind it; its diagonal, what an error costs that nothing behind it can make good any more.
  Spread u_;
};

}  // namespace thimble::tools
