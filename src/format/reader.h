// Validates a .thm image and fills the fields of a Model. The bytes are hostile: every count is capped before it is
// used, every sum is checked, and nothing is read before its bounds are known.
#pragma once

#include <array>

#include "format/layout.h"
#include "thimble/model.h"

namespace thimble {

// Role, layer, rows and columns of the tensor at `index` in file order; index < tensor_count(config).
// Tied models keep the embedding where others have the classifier, so that a token's last read is a long one.
struct TensorShape {
  Role role = Role::kTokenEmbedding;
  uint32_t layer = format::tensor::kNoLayer;
  uint32_t rows = 0;
  uint32_t cols = 0;
};

class ModelReader {
 public:
  explicit ModelReader(std::span<const std::byte> image) : image_(image) {}

  // On success *model views the image; on failure *model is unchanged.
  Status read(Model* model);

  Status read_header();
  uint64_t stated_bytes() const;  // of the whole image, by a header that was read

 private:
  Status check_length();
  Status read_config();
  Status read_section_table();
  Status read_section(uint32_t index, const std::byte* entry, uint64_t* end);
  Status check_sections();
  Status check_directory();
  Status check_tensor(uint32_t index, const std::byte* entry, uint64_t* end);
  Status check_type(uint32_t index, const TensorShape& shape, const std::byte* entry);
  Status check_rope();
  Status check_about();

  std::span<const std::byte> image_;
  Model out_;
  uint32_t flags_ = 0;
  uint32_t section_count_ = 0;
};

// The minor version that a file with this VOCB section states at least: a reader of an older one does not know all of
// its flags.
uint16_t least_minor(std::span<const std::byte> vocabulary);

TensorShape expected_tensor(const ModelConfig& config, uint32_t index);
uint32_t expected_tensor_count(const ModelConfig& config);

// Position in file order of a role's tensor. `layer` < n_layers for roles inside layers.
uint32_t tensor_index(const ModelConfig& config, Role role, uint32_t layer);

// Bytes between rows of a tensor of this type, and of the whole tensor; cols <= format::kMaxDim, rows <= kMaxVocab.
size_t row_bytes(DType type, uint32_t cols);
uint64_t tensor_bytes(DType type, uint32_t rows, uint32_t cols);

// Whether a tensor of this role may have this type in a model of this arithmetic.
bool allows(Arithmetic arithmetic, Role role, DType type);

}  // namespace thimble
