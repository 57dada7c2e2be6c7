#include "tests/support/shared_models.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tools/import/llama2c.h"

namespace thimble::testing {

std::filesystem::path shared_folder() {
  const char* folder = std::getenv("THIMBLE_SHARED");
  return folder != nullptr ? folder : THIMBLE_SHARED_DIR;
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

const std::vector<SharedModel>& shared_models() {
  static const std::vector<SharedModel> models = {
      {"stories260K", "models/stories260K/stories260K.bin", "models/stories260K/tok512.bin", "", 200},
      {"babyllama105", "models/babyllama105/babyllama105.bin", "models/babyllama105/tok105.bin", "", 200},
      {"tinyrandom_unshared", "models/llama32k/tinyrandom_unshared.bin", "models/llama32k/tokenizer.bin",
       "Once upon a time", 50},
  };
  return models;
}

tools::ImageBytes import_shared(const std::string& checkpoint, const std::string& tokenizer, tools::WeightType type) {
  const std::vector<std::byte> weights = read_file(shared_folder() / checkpoint);
  const std::vector<std::byte> vocabulary = read_file(shared_folder() / tokenizer);
  tools::ImportedModel model = tools::import_llama2c(weights, checkpoint);
  model.vocabulary = tools::read_vocabulary(vocabulary, tokenizer, model.config.vocab_size);
  tools::ConvertOptions options;
  options.type = type;
  options.self_test = false;
  return tools::convert(model, options);
}

}  // namespace thimble::testing
