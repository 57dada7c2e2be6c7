// The reader of llama2.c's tokenizer.bin. The first byte chooses: 0 the rest as it is, else the rest as edits of a
// valid file. What the reader accepts must be refused by the writer with a message, or become a section that opens.

#include <cstdlib>
#include <vector>

#include "tests/fuzz/patches.h"
#include "tests/support/vocabulary_fixture.h"
#include "tools/error.h"

namespace thimble {
namespace {

using Bytes = std::vector<std::byte>;

void read_write_and_open(const Bytes& file) {
  try {
    const tools::Vocabulary vocabulary = tools::read_tokenizer_bin(file, "fuzz", 0);
    const Bytes section = tools::write_vocabulary(vocabulary);
    Tokenizer tokenizer;
    if (!tokenizer.open(section, static_cast<uint32_t>(vocabulary.pieces.size())).ok()) std::abort();
    testing::use_everything(tokenizer);
  } catch (const tools::Error&) {
  }
}

}  // namespace
}  // namespace thimble

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const thimble::Bytes valid = thimble::testing::to_tokenizer_bin(thimble::testing::make_vocabulary(300, 1));
  if (size == 0) return 0;
  const std::span<const uint8_t> rest(data + 1, size - 1);
  const auto bytes = std::as_bytes(rest);
  thimble::Bytes file = data[0] == 0 ? thimble::Bytes(bytes.begin(), bytes.end()) : valid;
  if (data[0] != 0) thimble::testing::apply_patches(rest, file);
  thimble::read_write_and_open(file);
  return 0;
}
