// A model and a text as the study needs them: matrices of floats, stories of token ids.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "thimble/model.h"

namespace thimble::study {

struct Matrix {
  uint32_t rows = 0;
  uint32_t cols = 0;
  std::vector<float> w;  // [rows, cols]
  std::span<const float> row(size_t r) const { return {w.data() + r * cols, cols}; }
  std::span<float> row(size_t r) { return {w.data() + r * cols, cols}; }
};

struct TensorName {
  Role role = Role::kTokenEmbedding;
  uint32_t layer = 0;  // 0 for roles outside layers
  auto operator<=>(const TensorName&) const = default;
};

bool is_table(Role role);  // embedding, classifier

struct Weights {
  ModelConfig config;
  std::map<TensorName, Matrix> tensors;
  const Matrix& at(TensorName name) const { return tensors.at(name); }
};

using Tokens = std::vector<uint32_t>;

// A llama2.c checkpoint with its tokenizer, and the first `limit` stories of a text (0: all): as `thimble eval` cuts
// them, stripped, BOS first, what is longer than the context left out. All throw std::runtime_error.
Weights read_weights(const std::string& path);
std::vector<Tokens> read_stories(const std::string& text, const std::string& tokenizer, const ModelConfig& config,
                                 size_t limit);

}  // namespace thimble::study
