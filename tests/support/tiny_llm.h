// Tiny-LLM (hidden 192, 1 layer, 2 heads of 96, 1 for keys and values, 1,024 hidden, 32,000 pieces): its real layer, as
// arnir0/Tiny-LLM publishes it, is among the shared files; embedding and classifier are not, and are drawn from a seed.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace thimble::testing {

struct TinyLlm {
  static constexpr size_t kDim = 192, kHidden = 1024, kHeads = 2, kHeadDim = 96, kVocabulary = 32000;

  // By the names that Hugging Face gives them, rows one behind the other.
  std::map<std::string, std::vector<float>> tensors;
  std::map<std::string, std::vector<std::byte>> files;  // config.json and the tokenizer's

  // Throws std::runtime_error where the shared files are not.
  TinyLlm();

  // All files of the Hugging Face folder, model.safetensors among them.
  std::map<std::string, std::vector<std::byte>> folder() const;
};

}  // namespace thimble::testing
