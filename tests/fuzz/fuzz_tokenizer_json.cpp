// The reader of tokenizer.json, by way of the choice between formats: by bytes, and with edits of a valid file.

#include "tests/fuzz/vocabulary_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace thimble;
  constexpr std::string_view kJson =
      R"({"added_tokens":[{"id":5,"content":"<e>","special":true}],"pre_tokenizer":{"type":"ByteLevel"},)"
      R"("model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"aab":3,"c":4},"merges":["a b","a ab"]}})";
  const auto bytes = std::as_bytes(std::span(kJson));
  static const std::vector<std::byte> valid(bytes.begin(), bytes.end());
  testing::fuzz_vocabulary_reader(
      {data, size}, valid, [](std::span<const std::byte> file) { return tools::read_vocabulary(file, "fuzz", 0); });
  return 0;
}
