// Which type each tensor gets, so that a file of a given size loses least.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "thimble/model.h"
#include "tools/calibrate/reading.h"
#include "tools/convert/convert.h"
#include "tools/import/imported_model.h"

namespace thimble::tools {

// What a tensor would lose in q4, and what became of it.
struct FittedTensor {
  TensorShape shape;
  double nats = 0;  // mean KL(model || model with this tensor in q4) over the text's tokens; 0 for norms
  DType type = DType::kQ16;
};

// Nats of each tensor, in file order; types are still the smallest. Each matrix of a
// layer is rounded with error feedback, as it will be, and alone. Holds the model in floats. Throws Error where the
// text has no token.
std::vector<FittedTensor> measure_tensors(const ImportedModel& model, const Sequences& sequences,
                                          const Progress& progress);

// Throws Error, naming the least that is possible, unless the file of `options` can be `bytes` long, all of it counted.
void check_can_fit(const ImportedModel& model, const ConvertOptions& options, uint64_t bytes);

// Gives q8 to the tensors that save most nats together while the file of `options` is at most `bytes` long, as it
// can be.
void fit(const ImportedModel& model, const ConvertOptions& options, uint64_t bytes, std::vector<FittedTensor>* tensors);

std::vector<DType> types_of(const std::vector<FittedTensor>& tensors);

}  // namespace thimble::tools
