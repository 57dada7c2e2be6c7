// config.json of a Hugging Face folder, and the files of JSON beside it: the first byte says which one the rest is.

#include <array>

#include "tests/fuzz/imported_source.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::array<const char*, 5> kNames = {"config.json", "generation_config.json", "tokenizer_config.json",
                                                 "model.safetensors.index.json", "tokenizer.json"};
  if (size == 0) return 0;
  const auto bytes_of = [](std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  };
  constexpr std::string_view kHeader("\2\0\0\0\0\0\0\0{}", 10);
  std::map<std::string, std::vector<std::byte>> files = {
      {"dir/config.json", bytes_of(R"({"model_type":"llama","hidden_size":2,"intermediate_size":1,)"
                                   R"("num_hidden_layers":1,"num_attention_heads":1,"vocab_size":8})")},
      {"dir/a.safetensors", bytes_of(kHeader)}};
  const char* name = kNames[data[0] % kNames.size()];
  if (std::string_view(name) != "model.safetensors.index.json") files["dir/model.safetensors"] = bytes_of(kHeader);
  const auto rest = std::as_bytes(std::span(data + 1, size - 1));
  files[std::string("dir/") + name] = {rest.begin(), rest.end()};
  thimble::testing::import_and_convert({"dir", std::move(files)});
  return 0;
}
