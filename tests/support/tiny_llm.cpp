#include "tests/support/tiny_llm.h"

#include <array>
#include <cmath>
#include <random>
#include <string_view>

#include "base/bytes.h"
#include "tests/support/safetensors_writer.h"
#include "tests/support/shared_models.h"

namespace thimble::testing {
namespace {

constexpr std::array kLayerFiles = {
    std::pair{"norm1", "input_layernorm"},   std::pair{"norm2", "post_attention_layernorm"},
    std::pair{"q_proj", "self_attn.q_proj"}, std::pair{"k_proj", "self_attn.k_proj"},
    std::pair{"v_proj", "self_attn.v_proj"}, std::pair{"o_proj", "self_attn.o_proj"},
    std::pair{"gate_proj", "mlp.gate_proj"}, std::pair{"up_proj", "mlp.up_proj"},
    std::pair{"down_proj", "mlp.down_proj"},
};

std::vector<float> read_floats(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  std::vector<float> floats(bytes.size() / sizeof(float));
  for (size_t i = 0; i < floats.size(); ++i) floats[i] = load_f32(bytes.data() + i * sizeof(float));
  return floats;
}

// Of the scale that initialisers use; the same on every machine, as std::mt19937 is and std's distributions are not.
std::vector<float> random_table(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> table(TinyLlm::kVocabulary * TinyLlm::kDim);
  for (float& weight : table) weight = static_cast<float>(static_cast<int32_t>(random())) * 0x1p-31f * 0.04f;
  return table;
}

std::string shape_of(const std::string& name, size_t count) {
  if (name.find("norm") != std::string::npos) return std::to_string(count);
  const size_t columns = name.find("down_proj") != std::string::npos ? TinyLlm::kHidden : TinyLlm::kDim;
  return std::to_string(count / columns) + "," + std::to_string(columns);
}

}  // namespace

TinyLlm::TinyLlm() {
  const std::filesystem::path folder = shared_folder() / "models/tinyllm_layer";
  for (const auto& [file, name] : kLayerFiles) {
    const std::string full = std::string("model.layers.0.") + name + ".weight";
    tensors[full] = read_floats(folder / (std::string(file) + ".bin"));
  }
  tensors["model.norm.weight"] = read_floats(folder / "final_norm.bin");
  tensors["model.embed_tokens.weight"] = random_table(1);
  tensors["lm_head.weight"] = random_table(2);
  for (const char* name : {"config.json", "tokenizer.json", "tokenizer_config.json"}) {
    files[name] = read_file(folder / name);
  }
}

std::map<std::string, std::vector<std::byte>> TinyLlm::folder() const {
  std::vector<SafetensorsEntry> entries;
  for (const auto& [name, weights] : tensors) {
    SafetensorsEntry entry{name, shape_of(name, weights.size()),
                           std::vector<std::byte>(weights.size() * sizeof(float))};
    for (size_t i = 0; i < weights.size(); ++i) store_f32(entry.data.data() + i * sizeof(float), weights[i]);
    entries.push_back(std::move(entry));
  }
  std::map<std::string, std::vector<std::byte>> all = files;
  all["model.safetensors"] = safetensors_of(entries);
  return all;
}

}  // namespace thimble::testing
