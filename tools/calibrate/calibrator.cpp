#include "tools/calibrate/calibrator.h"

#include <Eigen/Cholesky>
#include <algorithm>

#include "format/roles.h"

namespace thimble::tools {
namespace {

// As much text as is used. More hardly helps (docs/QUANTIZATION.md), and the activations of all of it are in memory
// together: 256 MB for the widest.
constexpr size_t kMostTokens = 32768;
constexpr size_t kMostActivations = size_t{1} << 26;

// Of the inputs' mean square: what holds weights where they are in directions that the text hardly uses.
constexpr double kDamping = 0.01;

Reading calibration_text(const ImportedModel& model, const Sequences& sequences) {
  const size_t width = std::max(model.config.hidden_dim, model.config.dim);
  return first_tokens(sequences, std::min(kMostTokens, kMostActivations / width));
}

// What follows has other inputs.
bool ends_stage(Role role) { return role != Role::kWq && role != Role::kWk && role != Role::kWGate; }

}  // namespace

Calibrator::Calibrator(const ImportedModel& model, const Sequences& sequences, DType table_type)
    : Calibrator(model, calibration_text(model, sequences), read_matrix(model, Role::kTokenEmbedding, 0), table_type) {}

Calibrator::Calibrator(const ImportedModel& model, const Reading& text, const RowMatrix& embedding, DType table_type)
    : as_it_was_(embed(model, embedding, text)),
      as_stored_(embed(model, rounded_plainly(embedding, table_type), text)) {}

QuantizedTensor Calibrator::quantize(const TensorShape& shape, DType type, const ReadRow& read_row,
                                     std::span<std::byte> out) {
  const RowMatrix matrix = read_matrix(shape.rows, shape.cols, read_row);
  QuantizedTensor result;
  if (in_layer(shape.role) && !format::is_norm(shape.role) && arithmetic_of(type) == Arithmetic::kInteger) {
    if (!statistics_) statistics_ = statistics();
    result = statistics_->feedback.quantize(type, matrix * statistics_->towards, out);
  } else {
    result = tools::quantize(type, shape.rows, shape.cols, read_row, out);
  }
  const RowMatrix stored = stored_matrix(shape, type, result.exponent, out);
  result.squared_error = (matrix - stored).cast<double>().squaredNorm();
  result.squared_weights = matrix.cast<double>().squaredNorm();
  as_it_was_.pass(shape.role, matrix);
  as_stored_.pass(shape.role, stored);
  if (ends_stage(shape.role)) statistics_.reset();
  return result;
}

// Least squares: of all v, |stored inputs * v - inputs as they were * w|^2 + damping |v - w|^2 is least for w *
// towards.
Calibrator::Statistics Calibrator::statistics() const {
  const Eigen::MatrixXd moments = products_of(as_stored_.input(), as_stored_.input());
  const Eigen::MatrixXd across = products_of(as_it_was_.input(), as_stored_.input());
  const Eigen::Index cols = moments.cols();
  const double mean = moments.trace() / static_cast<double>(cols);
  const Eigen::MatrixXd damping = (mean > 0 ? kDamping * mean : 1) * Eigen::MatrixXd::Identity(cols, cols);
  const Eigen::MatrixXd towards = (moments + damping).llt().solve((across + damping).transpose()).transpose();
  return {ErrorFeedback(moments + damping), towards.cast<float>()};
}

}  // namespace thimble::tools
