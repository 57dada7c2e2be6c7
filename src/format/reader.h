// Validates a .thm file, or its head, and fills the fields of a Model. The bytes are hostile: every count is capped
// before it is used, every sum is checked, and nothing is read before its bounds are known.
#pragma once

#include <array>

#include "base/streaming.h"
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
  // What of the file is in memory.
  enum class Held : uint8_t {
    kHead,    // its first bytes, all but the weights at least
    kTables,  // the parts that table_parts() names
  };

  ModelReader(std::span<const std::byte> head, uint64_t total, Held held = Held::kHead)
      : head_(head), total_(total), held_(held) {}

  // On success *model views the head; on failure *model is unchanged.
  Status read(Model* model);

  Status read_header();
  Status find_section_table();  // behind read_header()
  // By what was read: of the whole file, and of what stands in front of the weights.
  uint64_t stated_bytes() const;
  uint64_t stated_head_bytes() const;
  Result<TableParts> table_parts() const;

 private:
  Status check_head(uint64_t bytes) const;
  Status check_length();
  Status read_config();
  Status read_section_table();
  Status read_section(uint32_t index, const std::byte* entry, uint64_t* end);
  uint64_t held_bytes(uint32_t kind, uint64_t bytes) const;
  std::span<const std::byte>* slot_of(uint32_t kind);
  Status check_sections();
  Status check_directory();
  Status check_tensor(uint32_t index, const std::byte* entry, uint64_t* end);
  Status check_type(uint32_t index, const TensorShape& shape, const std::byte* entry);
  Status check_rope();
  Status check_about();

  uint64_t data_bytes() const { return total_ - out_.data_at_; }
  // Of an offset in the file, at or behind the last section read: its place in head_.
  uint64_t place_of(uint64_t offset) const { return kStreaming ? offset - cut_out_ : offset; }

  std::span<const std::byte> head_;
  uint64_t total_;
  Held held_;
  uint64_t cut_out_ = 0;              // bytes of pieces that head_ does not have
  std::span<const std::byte> table_;  // of sections
  Model out_;
  uint32_t flags_ = 0;
  uint32_t section_count_ = 0;
};

// The minor version that a file with this VOCB section, so many tokens, and perhaps a lexicon, states at least: a
// reader of an older one does not know all that it uses.
uint16_t least_minor(std::span<const std::byte> vocabulary, uint32_t vocab_size, bool has_words);

TensorShape expected_tensor(const ModelConfig& config, uint32_t index);
uint32_t expected_tensor_count(const ModelConfig& config);

// Position in file order of a role's tensor. `layer` < n_layers for roles inside layers.
uint32_t tensor_index(const ModelConfig& config, Role role, uint32_t layer);

// Bytes between rows of a tensor of this type, and of the whole tensor; cols <= format::kMaxDim, rows <= kMaxVocab.
uint32_t row_bytes(DType type, uint32_t cols);
uint64_t tensor_bytes(DType type, uint32_t rows, uint32_t cols);

// The arithmetic that a tensor of this type takes part in.
Arithmetic arithmetic_of(DType type);

// Whether a tensor of this role may have this type in a model of this arithmetic.
bool allows(Arithmetic arithmetic, Role role, DType type);

}  // namespace thimble
