// The weights of a Hugging Face folder: the input is a JSON header, to which its length and bytes of weights are added;
// with a first byte of 0 it is the whole file.

#include "base/bytes.h"
#include "tests/fuzz/imported_source.h"

namespace {

constexpr std::string_view kConfig =
    R"({"model_type":"llama","hidden_size":2,"intermediate_size":1,"num_hidden_layers":1,"num_attention_heads":1,)"
    R"("vocab_size":8,"tie_word_embeddings":true})";
constexpr size_t kWeightBytes = 256;

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto rest = std::as_bytes(std::span(data + 1, size - 1));
  std::vector<std::byte> file(data[0] == 0 ? 0 : 8);
  if (data[0] != 0) thimble::store_u64(file.data(), rest.size());
  file.insert(file.end(), rest.begin(), rest.end());
  if (data[0] != 0) file.resize(file.size() + kWeightBytes);
  thimble::testing::import_and_convert(
      {"dir", {{"dir/config.json", bytes_of(kConfig)}, {"dir/model.safetensors", std::move(file)}}});
  return 0;
}
