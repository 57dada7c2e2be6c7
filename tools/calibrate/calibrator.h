// Quantises a model for the inputs that its matrices get when it reads a text.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "format/reader.h"
#include "tools/calibrate/activations.h"
#include "tools/calibrate/error_feedback.h"
#include "tools/calibrate/reading.h"
#include "tools/import/imported_model.h"
#include "tools/quantize/quantize.h"

namespace thimble::tools {

// Takes the tensors in the order of the file, which is that of the forward pass, and follows it with two copies of the
// activations: those of the model as it was, and those behind the tensors that are quantised already. The matrices of a
// layer are rounded for inputs as the finished file will have them, towards the outputs that the model had.
class Calibrator {
 public:
  // `table_type`: of the embedding. Uses `model` here alone. Throws Error where there is no token.
  Calibrator(const ImportedModel& model, const Sequences& sequences, DType table_type);

  // As tools::quantize; the tensor is in memory as floats, several times. Every tensor must come, once, in the order of
  // the file.
  QuantizedTensor quantize(const TensorShape& shape, DType type, const ReadRow& read_row, std::span<std::byte> out);

 private:
  Calibrator(const ImportedModel& model, const Reading& text, const RowMatrix& embedding, DType table_type);

  // Of the inputs that the matrices of a stage share.
  struct Statistics {
    ErrorFeedback feedback;
    RowMatrix towards;  // weights * towards: what comes closest to the outputs with the inputs as they are
  };
  Statistics statistics() const;

  Activations as_it_was_;
  Activations as_stored_;
  std::optional<Statistics> statistics_;  // of the inputs of the matrix that comes; absent: not yet known
};

}  // namespace thimble::tools
