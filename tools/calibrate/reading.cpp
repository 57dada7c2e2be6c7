#include "tools/calibrate/reading.h"

#include <algorithm>
#include <utility>

#include "tools/convert/convert.h"
#include "tools/error.h"
#include "tools/quantize/dequantize.h"
#include "tools/quantize/quantize.h"

namespace thimble::tools {

using Eigen::Index;

Reading first_tokens(const Sequences& sequences, size_t most_tokens) {
  Reading reading;
  for (const std::vector<uint32_t>& sequence : sequences) {
    const size_t count = std::min(sequence.size(), most_tokens - reading.ids.size());
    if (count == 0) continue;
    reading.ids.insert(reading.ids.end(), sequence.begin(), sequence.begin() + static_cast<ptrdiff_t>(count));
    reading.starts.push_back(reading.ids.size());
  }
  if (reading.ids.empty()) throw Error("the text to calibrate with holds no token");
  return reading;
}

RowMatrix read_matrix(uint32_t rows, uint32_t cols, const ReadRow& read_row) {
  RowMatrix matrix(rows, cols);
  for (uint32_t r = 0; r < rows; ++r) read_row(r, {matrix.row(r).data(), cols});
  return matrix;
}

RowMatrix read_matrix(const ImportedModel& model, Role role, uint32_t layer) {
  const SourceTensor& found = *std::ranges::find_if(model.tensors, [&](const SourceTensor& tensor) {
    return tensor.role == role && (!in_layer(role) || tensor.layer == layer);
  });
  return read_matrix(found.rows, found.cols, found.read_row);
}

RowMatrix stored_matrix(const TensorShape& shape, DType type, int8_t exponent, std::span<const std::byte> bytes) {
  TensorView view = {bytes.data(), type, exponent, shape.rows, shape.cols};
  view.row_bytes = row_bytes(type, shape.cols);
  RowMatrix matrix(shape.rows, shape.cols);
  for (uint32_t r = 0; r < shape.rows; ++r) dequantize_row(view, r, {matrix.row(r).data(), shape.cols});
  return matrix;
}

RowMatrix rounded_plainly(const RowMatrix& matrix, DType type) {
  TensorShape shape;
  shape.rows = static_cast<uint32_t>(matrix.rows());
  shape.cols = static_cast<uint32_t>(matrix.cols());
  std::vector<std::byte> bytes(tensor_bytes(type, shape.rows, shape.cols));
  const std::span<const float> weights(matrix.data(), static_cast<size_t>(matrix.size()));
  const QuantizedTensor written = quantize(type, weights, shape.rows, shape.cols, bytes);
  return stored_matrix(shape, type, written.exponent, bytes);
}

Activations embed(const ImportedModel& model, const RowMatrix& embedding, const Reading& reading) {
  RowMatrix x(static_cast<Index>(reading.ids.size()), embedding.cols());
  for (size_t t = 0; t < reading.ids.size(); ++t) x.row(static_cast<Index>(t)) = embedding.row(reading.ids[t]);
  return {model.config, std::move(x), reading.starts, phase_steps_of(model)};
}

// In double from one stretch of tokens to the next.
Eigen::MatrixXd products_of(const RowMatrix& a, const RowMatrix& b) {
  constexpr Index kStretch = 512;
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(a.cols(), b.cols());
  for (Index at = 0; at < a.rows(); at += kStretch) {
    const Index count = std::min(kStretch, a.rows() - at);
    sum += (a.middleRows(at, count).transpose() * b.middleRows(at, count)).cast<double>();
  }
  return sum;
}

}  // namespace thimble::tools
