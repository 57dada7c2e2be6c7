// The reader of llama2.c's tokenizer.bin.

#include "tests/fuzz/vocabulary_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace thimble;
  static const auto valid = testing::to_tokenizer_bin(testing::make_vocabulary(300, 1));
  testing::fuzz_vocabulary_reader(
      {data, size}, valid, [](std::span<const std::byte> file) { return tools::read_tokenizer_bin(file, "fuzz"); });
  return 0;
}
