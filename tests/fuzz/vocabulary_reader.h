// What the fuzzers of both tokenizer readers do: the first byte of the input chooses, 0 the rest as it is, else the
// rest as edits of a valid file. What a reader accepts must be refused by the writer with a message, or become a
// section that opens.
#pragma once

#include <cstdlib>
#include <vector>

#include "tests/fuzz/patches.h"
#include "tests/support/vocabulary_fixture.h"
#include "tools/error.h"

namespace thimble::testing {

// `read` takes a file's bytes and returns a tools::Vocabulary or throws tools::Error.
template <class Read>
void fuzz_vocabulary_reader(std::span<const uint8_t> input, const std::vector<std::byte>& valid, Read read) {
  if (input.empty()) return;
  const auto rest = input.subspan(1);
  const auto bytes = std::as_bytes(rest);
  std::vector<std::byte> file = input[0] == 0 ? std::vector<std::byte>(bytes.begin(), bytes.end()) : valid;
  if (input[0] != 0) apply_patches(rest, file);
  try {
    const tools::Vocabulary vocabulary = read(file);
    const std::vector<std::byte> section = tools::write_vocabulary(vocabulary);
    Tokenizer tokenizer;
    if (!tokenizer.open(section, static_cast<uint32_t>(vocabulary.pieces.size())).ok()) std::abort();
    use_everything(tokenizer);
  } catch (const tools::Error&) {
  }
}

}  // namespace thimble::testing
