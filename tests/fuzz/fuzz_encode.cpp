// encode() and decode() on arbitrary text, over four fixed vocabularies. The first byte chooses the vocabulary and the
// options, the next two where literal bytes begin and how many there are; the rest is the text.

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/vocabulary_fixture.h"

namespace thimble {
namespace {

constexpr const char* kMetaSpace = "\xe2\x96\x81";

struct Opened {
  explicit Opened(const tools::Vocabulary& vocabulary) : section(tools::write_vocabulary(vocabulary)) {
    if (!tokenizer.open(section, static_cast<uint32_t>(vocabulary.pieces.size())).ok()) std::abort();
  }
  std::vector<std::byte> section;
  Tokenizer tokenizer;
};

// Bytes and merges; the same with user-defined pieces and one that crosses spaces; neither bytes nor merges; bytes and
// merges, half of them unused, and no extra spaces.
tools::Vocabulary vocabulary(size_t which) {
  tools::Vocabulary v = testing::make_vocabulary(which == 2 ? 40 : 420, which);
  if (which == 1) {
    for (const char* text : {"  ", "the", " the end", "é", "ab", "abc", "\n\n"}) {
      v.pieces.push_back({text, 0, PieceType::kUser});
    }
    v.pieces.push_back({"a b", -1, PieceType::kNormal});
  }
  if (which == 3) {
    v.remove_extra_spaces = v.merge_unused = true;
    for (size_t id = 259; id < v.pieces.size(); id += 2) v.pieces[id].type = PieceType::kUnused;
  }
  return v;
}

const std::array<Opened, 4>& vocabularies() {
  static const std::array<Opened, 4> all = {Opened(vocabulary(0)), Opened(vocabulary(1)), Opened(vocabulary(2)),
                                            Opened(vocabulary(3))};
  return all;
}

// Of plain spaces in a row one, none in front; at the end none of either kind.
std::string without_extra_spaces(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != ' ' || (at > 0 && text[at - 1] != ' ')) out += text[at];
  }
  while (out.ends_with(' ') || out.ends_with(kMetaSpace)) out.resize(out.size() - (out.ends_with(' ') ? 1 : 3));
  return out;
}

std::string with_spaces(std::string text) {
  for (size_t at = 0; (at = text.find(kMetaSpace, at)) != std::string::npos;) text.replace(at, 3, " ");
  return text;
}

void check(bool kept) {
  if (!kept) std::abort();
}

void encode_and_decode(uint8_t choice, size_t literal_begin, size_t literal_bytes, const std::string& text) {
  const size_t which = choice % 4;
  const Tokenizer& tokenizer = vocabularies()[which].tokenizer;
  const EncodeOptions options = {.parse_control = (choice & 64) != 0,
                                 .literal_begin = literal_begin,
                                 .literal_end = literal_begin + literal_bytes};
  const std::vector<uint32_t> ids = testing::encode(tokenizer, text, options);
  // BOS, and per byte a token and, behind a control piece, an added space.
  check(ids.size() <= (options.parse_control ? 2 : 1) * text.size() + 2);
  for (const uint32_t id : ids) check(id < tokenizer.vocab_size() && tokenizer.type(id) != PieceType::kUnused);
  const std::string encoded = tokenizer.removes_extra_spaces() ? without_extra_spaces(text) : text;
  if (which != 2 && !options.parse_control) check(testing::decode(tokenizer, ids) == with_spaces(encoded));
  // The same without the room to spare, and one id short.
  std::vector<uint32_t> room(ids.size());
  std::vector<uint32_t> workspace(Tokenizer::workspace_bytes(text.size()) / 4 + 1);
  const auto bytes = std::as_writable_bytes(std::span(workspace));
  size_t count = 0;
  check(tokenizer.encode(text, options, bytes, room, &count).ok() && room == ids);
  room.pop_back();
  const Status full = tokenizer.encode(text, options, bytes, room, &count);
  check(full.code() == Code::kContextFull && full.found() == ids.size());
}

}  // namespace
}  // namespace thimble

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size >= 3) thimble::encode_and_decode(data[0], data[1], data[2], std::string(data + 3, data + size));
  return 0;
}
