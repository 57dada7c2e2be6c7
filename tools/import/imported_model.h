// A model read from a foreign format: configuration, vocabulary, and tensors that hand out float rows on demand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "thimble/model.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

struct SourceTensor {
  Role role = Role::kTokenEmbedding;
  uint32_t layer = 0;
  uint32_t rows = 0;
  uint32_t cols = 0;
  // Writes row `row` (cols floats) to `out`.
  std::function<void(uint32_t row, std::span<float> out)> read_row;
};

struct ImportedModel {
  ModelConfig config;
  Vocabulary vocabulary;              // empty until attached
  std::vector<SourceTensor> tensors;  // any order; exactly the roles and shapes that config demands
  std::string format;                 // "llama2.c v0"
  std::string name;                   // file name without folder and ending
  uint64_t source_bytes = 0;
  uint32_t source_checksum = 0;            // checksum32 of the whole source file
  std::shared_ptr<const void> keep_alive;  // owns what read_row reads
};

// Recognises a llama2.c checkpoint by content: legacy v0 (no magic), v1 or v2 ("ak42").
// `rope_theta`: counts instead of what the file says, which is the rotary table of v0 (rope_table.h), and nothing in v1
// and v2, so 10,000. The bytes must stay valid while the result is used (keep_alive may own them). Throws Error.
ImportedModel import_llama2c(std::span<const std::byte> bytes, const std::string& name,
                             std::optional<float> rope_theta = std::nullopt);

}  // namespace thimble::tools
