// encode() and decode() on arbitrary text, over three fixed vocabularies. The first byte chooses the vocabulary and the
// options; the rest is the text.

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/vocabulary_fixture.h"

namespace thimble {
namespace {

struct Opened {
  explicit Opened(const tools::Vocabulary& vocabulary) : section(tools::write_vocabulary(vocabulary)) {
    if (!tokenizer.open(section, static_cast<uint32_t>(vocabulary.pieces.size())).ok()) std::abort();
  }
  std::vector<std::byte> section;
  Tokenizer tokenizer;
};

// Bytes and merges; the same with user-defined pieces and one that crosses spaces; neither bytes nor merges.
tools::Vocabulary vocabulary(size_t which) {
  tools::Vocabulary v = testing::make_vocabulary(which == 2 ? 40 : 420, which);
  if (which == 1) {
    for (const char* text : {"  ", "the", " the end", "é", "ab", "abc", "\n\n"}) {
      v.pieces.push_back({text, 0, PieceType::kUser});
    }
    v.pieces.push_back({"a b", -1, PieceType::kNormal});
  }
  return v;
}

const std::array<Opened, 3>& vocabularies() {
  static const std::array<Opened, 3> all = {Opened(vocabulary(0)), Opened(vocabulary(1)), Opened(vocabulary(2))};
  return all;
}

std::string with_spaces(std::string text) {
  for (size_t at = 0; (at = text.find("\xe2\x96\x81", at)) != std::string::npos;) text.replace(at, 3, " ");
  return text;
}

void check(bool kept) {
  if (!kept) std::abort();
}

void encode_and_decode(uint8_t choice, const std::string& text) {
  const size_t which = choice % 3;
  const Tokenizer& tokenizer = vocabularies()[which].tokenizer;
  const bool control = (choice & 64) != 0;
  const std::vector<uint32_t> ids = testing::encode(tokenizer, text, {.parse_control = control});
  // BOS, and per byte a token and, behind a control piece, an added space.
  check(ids.size() <= (control ? 2 : 1) * text.size() + 2);
  for (const uint32_t id : ids) check(id < tokenizer.vocab_size());
  if (which != 2 && !control) check(testing::decode(tokenizer, ids) == with_spaces(text));
  // The same without the room to spare, and one id short.
  std::vector<uint32_t> room(ids.size());
  std::vector<uint32_t> workspace(Tokenizer::workspace_bytes(text.size()) / 4 + 1);
  const auto bytes = std::as_writable_bytes(std::span(workspace));
  size_t count = 0;
  check(tokenizer.encode(text, {.parse_control = control}, bytes, room, &count).ok() && room == ids);
  room.pop_back();
  check(tokenizer.encode(text, {.parse_control = control}, bytes, room, &count).code() == Code::kContextFull);
}

}  // namespace
}  // namespace thimble

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 0) thimble::encode_and_decode(data[0], std::string(data + 1, data + size));
  return 0;
}
