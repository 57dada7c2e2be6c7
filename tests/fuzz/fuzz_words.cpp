// Lexicon::open on hostile sections: the first byte chooses, 0 the rest as it is, else the rest as edits of a valid
// section. Whatever opens finds each of its beginnings, and guards a text.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/fuzz/patches.h"
#include "tests/support/lexicon_text.h"
#include "thimble/words.h"
#include "tools/vocabulary/write_words.h"

namespace thimble {
namespace {

using Bytes = std::vector<std::byte>;

Bytes valid_section() {
  std::string text;
  for (char a = 'a'; a < 'h'; ++a) {
    for (char b = 'a'; b < 'h'; ++b) text += std::string{a, b, ' ', a, b, 'x', ' '};
  }
  return tools::write_words(text);
}

void open_and_use(const Bytes& section) {
  Lexicon lexicon;
  if (!lexicon.open(section).ok()) return;
  for (const char* letters : {"a", "abx", "gg", "zzzz", "\xff"}) {
    const Lexicon::Found found = lexicon.find(letters);
    if (found.word && !found.beginning) std::abort();
  }
  static const Bytes vocabulary = testing::vocabulary_of({"a", "b", "x", " ", "ab"});
  Tokenizer tokenizer;
  if (!tokenizer.open(vocabulary, 8).ok()) std::abort();
  const std::vector<uint32_t> asked = {6, 4, 5, 2};
  WordGuard guard;
  guard.start(lexicon, tokenizer, asked);
  for (int i = 0; i < 20; ++i) {
    const uint32_t token = guard.longest_allowed();
    if (token == kNoToken) break;
    if (!guard.allows(token)) std::abort();
    guard.accept(token);
  }
}

}  // namespace
}  // namespace thimble

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::span<const uint8_t> rest(data + 1, size - 1);
  const auto bytes = std::as_bytes(rest);
  thimble::Bytes section(bytes.begin(), bytes.end());
  if (data[0] != 0) {
    static const thimble::Bytes valid = thimble::valid_section();
    section = valid;
    thimble::testing::apply_patches(rest, section);
  }
  thimble::open_and_use(section);
  return 0;
}
