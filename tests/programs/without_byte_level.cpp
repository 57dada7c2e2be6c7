// The tokenizer as a chip builds it, without THIMBLE_BYTE_LEVEL: a byte-level vocabulary is refused by the name of the
// option, any other encodes as ever. Linked with its own copies of the sources of src/text.

#include <cstdio>
#include <string_view>
#include <vector>

#include "tests/support/vocabulary_fixture.h"

namespace {

using namespace thimble;

Status open(const tools::Vocabulary& vocabulary, Tokenizer* tokenizer, std::vector<std::byte>* section) {
  *section = tools::write_vocabulary(vocabulary);
  return tokenizer->open(*section, static_cast<uint32_t>(vocabulary.pieces.size()));
}

bool refuses_byte_level() {
  tools::Vocabulary vocabulary = testing::make_vocabulary(300, 1);
  vocabulary.split_rule = byte_level::SplitRule::kGpt2;
  Tokenizer tokenizer;
  std::vector<std::byte> section;
  const Status status = open(vocabulary, &tokenizer, &section);
  return status.code() == Code::kUnsupported &&
         std::string_view(status.subject()).find("THIMBLE_BYTE_LEVEL") != std::string_view::npos;
}

bool refuses_lefts() {
  tools::Vocabulary vocabulary = testing::make_vocabulary(300, 1);
  vocabulary.pieces[270].left = 1;
  Tokenizer tokenizer;
  std::vector<std::byte> section;
  return open(vocabulary, &tokenizer, &section).code() == Code::kUnsupported;
}

bool encodes_others() {
  Tokenizer tokenizer;
  std::vector<std::byte> section;
  if (!open(testing::make_vocabulary(300, 1), &tokenizer, &section).ok()) return false;
  return testing::decode(tokenizer, testing::encode(tokenizer, "the end")) == "the end";
}

}  // namespace

int main() {
  const bool passed = refuses_byte_level() && refuses_lefts() && encodes_others();
  std::puts(passed ? "as expected" : "FAILED");
  return passed ? 0 : 1;
}
