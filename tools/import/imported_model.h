// A model read from a foreign format: configuration, vocabulary, and tensors that hand out float rows on demand.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "thimble/model.h"
#include "tools/read_row.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

struct SourceTensor {
  Role role = Role::kTokenEmbedding;
  uint32_t layer = 0;
  uint32_t rows = 0;
  uint32_t cols = 0;
  ReadRow read_row;  // reads the source's bytes, which must be there still
};

struct ImportedModel {
  ModelConfig config;
  // What each rotary pair's frequency is divided by, where rope is scaled; else empty. head_dim / 2 numbers, each > 0.
  std::vector<double> rope_divisors;
  Vocabulary vocabulary;                                // the source's own; else empty until attach_vocabulary()
  std::vector<SourceTensor> tensors;                    // any order; exactly the roles and shapes that config demands
  std::string format;                                   // "llama2.c v0"
  std::string name;                                     // file name without folder and ending
  std::string chat_template;                            // pattern with {prompt}; empty: none known
  std::vector<std::pair<std::string, float>> sampling;  // the source's defaults: {"sampling.temperature", 0.8f}
  uint64_t source_bytes = 0;                            // of all files with weights and configuration
  uint32_t source_checksum = 0;  // checksum32 of the source file; of several, of their checksums as u32 in a row
};

}  // namespace thimble::tools
