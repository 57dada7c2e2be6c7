// From an imported model to the bytes of a .thm file.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "format/reader.h"
#include "tools/convert/image_bytes.h"
#include "tools/import/imported_model.h"
#include "tools/quantize/quantize.h"

namespace thimble::tools {

// What `convert --type` names. kQ4 keeps the embedding and the classifier in q8; kMixed keeps more (dtype_of).
enum class WeightType { kF32, kF16, kQ8, kQ4, kMixed };
const char* weight_type_name(WeightType type);  // "q8"; static storage
DType dtype_of(WeightType type, Role role);

// Fills the bytes of a tensor, as tools::quantize does.
using Quantizer = std::function<QuantizedTensor(const TensorShape& shape, DType type, const ReadRow& read_row,
                                                std::span<std::byte> out)>;

// What became of a tensor.
struct TensorReport {
  Role role = Role::kTokenEmbedding;
  uint32_t layer = 0;  // meaningless outside layers
  DType type = DType::kF32;
  uint32_t rows = 0;
  uint32_t cols = 0;
  uint64_t bytes = 0;
  double relative_error = 0;  // root of (sum of squared errors / sum of squared weights)
};

// Facts for the `about` section beside those that follow from the source. Keys: docs/FORMAT.md.
struct ConvertOptions {
  WeightType type = WeightType::kF32;
  std::vector<DType> types;  // of each tensor, in file order; empty: as `type` has them
  Quantizer quantize;        // empty: tools::quantize; else asked for every tensor, in the order of the file
  bool self_test = true;     // run the result, and state its hashes (self_test.h)
  std::function<void(const TensorReport&)> on_tensor;   // in file order; may be empty
  std::string command;                                  // the command line that asked for the conversion
  std::string name;                                     // empty: the source's name
  std::string license;                                  // SPDX expression; empty: not stated
  std::string chat_template;                            // pattern with {prompt}; empty: the source's, if it has one
  std::vector<std::byte> words;                         // the section of a lexicon; empty: any word may be written
  std::vector<std::string> prompts;                     // example prompts
  std::vector<std::pair<std::string, float>> sampling;  // e.g. {"sampling.temperature", 0.8f}
};

// done and total count bytes of weights.
using Progress = std::function<void(uint64_t done, uint64_t total)>;

// Where an image goes: gives so many zeros, on a multiple of 64, and throws where it has not the room.
using ImageMemory = std::function<std::span<std::byte>(uint64_t bytes)>;

// Writes the image, tensor by tensor, into memory that it asks for once. Beside it no more than a row of weights and
// some numbers per row are held, unless `options.quantize` holds more. Throws Error: a weight that is NaN or infinite
// (naming tensor, layer, row), a vocabulary whose size is not the model's, a tensor missing or of the wrong shape; and
// what `memory` throws.
void convert_into(const ImageMemory& memory, const ImportedModel& model, const ConvertOptions& options,
                  const Progress& progress = nullptr);

// The same on the heap.
ImageBytes convert(const ImportedModel& model, const ConvertOptions& options, const Progress& progress = nullptr);

// The image of a model whose weights are all zero; nobody reads those of `model`. For plans.
void blank_image_into(const ImageMemory& memory, const ImportedModel& model, const ConvertOptions& options);

// Bytes of the file that convert() would make, to the last one.
uint64_t converted_bytes(const ImportedModel& model, const ConvertOptions& options);

// The phase steps of the ROPE section: step i = round(2^64 * theta^(-2i / head_dim) / (2 pi)), the same on every
// host (own arithmetic, no libm). Returns head_dim / 2 values.
std::vector<uint64_t> rope_phase_steps(double theta, uint32_t head_dim);

// Divides each step by its divisor, rounded to the nearest integer: scaled rope. As many of both. Throws Error for a
// divisor that is not a finite number above 0, or so small that a pair would turn a whole round from one position to
// the next.
void scale_rope_steps(std::span<const double> divisors, std::span<uint64_t> steps);

// Those of a model, scaled where it says so.
std::vector<uint64_t> phase_steps_of(const ImportedModel& model);

}  // namespace thimble::tools
