#include "tools/calibrate/calibrator.h"

#include <algorithm>
#include <utility>

#include <Eigen/Cholesky>

#include "format/reader.h"
#include "format/roles.h"
#include "tools/convert/convert.h"
#include "tools/error.h"
#include "tools/quantize/dequantize.h"

namespace thimble::tools {
namespace {

using Index = Eigen::Index;

// As much text as is used. More no longer helps (docs/QUANTIZATION.md), and the activations of all of it are in memory
// together: 256 MB for the widest.
constexpr double kDamping = 0.01;
constexpr size_t kMostTokens = 65536;
constexpr size_t kMostActivations = size_t{1} << 26;

RowMatrix as_matrix(std::span<const float> weights, const TensorShape& shape) {
  return Eigen::Map<const RowMatrix>(weights.data(), shape.rows, shape.cols);
}

RowMatrix stored_matrix(const TensorShape& shape, DType type, int8_t exponent, std::span<const std::byte> bytes) {
  const TensorView view = {bytes.data(), type, exponent, shape.rows, shape.cols, row_bytes(type, shape.cols), bytes.size()};
  RowMatrix matrix(shape.rows, shape.cols);
  for (uint32_t r = 0; r < shape.rows; ++r) dequantize_row(view, r, {matrix.row(r).data(), shape.cols});
  return matrix;
}

// The first sequences of a text, as many as are used, one behind the other.
struct Text {
  std::vector<uint32_t> ids;
  std::vector<size_t> starts = {0};
};

Text text_of(const Sequences& sequences, const ModelConfig& config) {
  const size_t most = std::min<size_t>(kMostTokens, kMostActivations / std::max(config.hidden_dim, config.dim));
  Text text;
  for (const std::vector<uint32_t>& sequence : sequences) {
    if (!text.ids.empty() && text.ids.size() + sequence.size() > most) break;
    text.ids.insert(text.ids.end(), sequence.begin(), sequence.end());
    text.starts.push_back(text.ids.size());
  }
  if (text.ids.empty()) throw Error("the text to calibrate with holds no token");
  return text;
}

const SourceTensor& embedding_of(const ImportedModel& model) {
  return *std::ranges::find(model.tensors, Role::kTokenEmbedding, &SourceTensor::role);
}

RowMatrix read_matrix(const SourceTensor& tensor) {
  RowMatrix matrix(tensor.rows, tensor.cols);
  for (uint32_t r = 0; r < tensor.rows; ++r) tensor.read_row(r, {matrix.row(r).data(), tensor.cols});
  return matrix;
}

// As a file of that type would have it.
RowMatrix rounded(const RowMatrix& matrix, DType type) {
  const TensorShape shape = {Role::kTokenEmbedding, format::tensor::kNoLayer, static_cast<uint32_t>(matrix.rows()),
                             static_cast<uint32_t>(matrix.cols())};
  std::vector<std::byte> bytes(tensor_bytes(type, shape.rows, shape.cols));
  const std::span<const float> weights(matrix.data(), static_cast<size_t>(matrix.size()));
  const QuantizedTensor written = quantize(type, weights, shape.rows, shape.cols, bytes);
  return stored_matrix(shape, type, written.exponent, bytes);
}

Activations begin(const ModelConfig& config, const RowMatrix& embedding, const Text& text) {
  RowMatrix x(static_cast<Index>(text.ids.size()), embedding.cols());
  for (size_t t = 0; t < text.ids.size(); ++t) x.row(static_cast<Index>(t)) = embedding.row(text.ids[t]);
  return {config, std::move(x), text.starts,
          rope_phase_steps(static_cast<double>(config.rope_theta), config.head_dim)};
}

// What follows has other inputs.
bool ends_stage(Role role) { return role != Role::kWq && role != Role::kWk && role != Role::kWGate; }

// Sums over the tokens of a^T b, in double from one stretch of tokens to the next.
Eigen::MatrixXd products_of(const RowMatrix& a, const RowMatrix& b) {
  constexpr Index kStretch = 512;
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(a.cols(), b.cols());
  for (Index at = 0; at < a.rows(); at += kStretch) {
    const Index count = std::min(kStretch, a.rows() - at);
    sum += (a.middleRows(at, count).transpose() * b.middleRows(at, count)).cast<double>();
  }
  return sum;
}

}  // namespace

Calibrator::Calibrator(const ImportedModel& model, const Sequences& sequences, DType table_type)
    : as_it_was_(begin(model.config, read_matrix(embedding_of(model)), text_of(sequences, model.config))),
      as_stored_(begin(model.config, rounded(read_matrix(embedding_of(model)), table_type),
                       text_of(sequences, model.config))) {}

QuantizedTensor Calibrator::quantize(const TensorShape& shape, DType type, std::span<const float> weights,
                                     std::span<std::byte> out) {
  const RowMatrix matrix = as_matrix(weights, shape);
  const bool in_layer_matrix = in_layer(shape.role) && !format::is_norm(shape.role);
  QuantizedTensor result;
  if (in_layer_matrix && arithmetic_of(type) == Arithmetic::kInteger) {
    if (!statistics_) statistics_ = statistics();
    result = statistics_->feedback.quantize(type, matrix * statistics_->towards, out);
  } else {
    result = tools::quantize(type, weights, shape.rows, shape.cols, out);
  }
  const RowMatrix stored = stored_matrix(shape, type, result.exponent, out);
  result.squared_error = (matrix - stored).cast<double>().squaredNorm();
  result.squared_weights = matrix.cast<double>().squaredNorm();
  as_it_was_.pass(shape.role, matrix);
  as_stored_.pass(shape.role, stored);
  if (ends_stage(shape.role)) statistics_.reset();
  return result;
}

// Least squares: v makes |stored inputs * v - inputs as they were * w|^2 least, held to w where the text says little.
Calibrator::Statistics Calibrator::statistics() const {
  const Eigen::MatrixXd moments = products_of(as_stored_.input(), as_stored_.input());
  const Eigen::MatrixXd across = products_of(as_it_was_.input(), as_stored_.input());
  const Index cols = moments.cols();
  const Eigen::MatrixXd damping =
      kDamping * moments.trace() / static_cast<double>(cols) * Eigen::MatrixXd::Identity(cols, cols);
  const Eigen::MatrixXd towards = (moments + damping).llt().solve((across + damping).transpose()).transpose();
  return {ErrorFeedback(moments), towards.cast<float>()};
}

}  // namespace thimble::tools
