// Tokenizer::open on hostile sections. The first byte chooses: 0 the rest as it is, else the rest as edits of one of
// three valid sections. Whatever opens must keep every promise of the header, and opens where it is read piece by
// piece, too: with the same answers, or the same refusal. On a card that holds another section by then, nothing breaks.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "tests/fuzz/patches.h"
#include "tests/support/vocabulary_file.h"
#include "tests/support/vocabulary_fixture.h"
#include "text/vocabulary_layout.h"

namespace thimble {
namespace {

using Bytes = std::vector<std::byte>;

const std::array<Bytes, 3>& valid_sections() {
  static const std::array<Bytes, 3> sections = [] {
    tools::Vocabulary mixed = testing::make_vocabulary(300, 1);
    mixed.pieces.push_back({"user piece", 0, PieceType::kUser});
    mixed.pieces.push_back({"", 0, PieceType::kUnused});
    mixed.pieces.push_back({"e", -900, PieceType::kNormal});
    mixed.pieces.push_back({"aa", -1, PieceType::kUnused});
    mixed.remove_extra_spaces = mixed.merge_unused = true;
    return std::array<Bytes, 3>{tools::write_vocabulary(testing::make_vocabulary(12, 1)),
                                tools::write_vocabulary(testing::make_vocabulary(360, 1)),
                                tools::write_vocabulary(mixed)};
  }();
  return sections;
}

void promise(bool kept) {
  if (!kept) std::abort();
}

bool is_limit_of_streams(const Status& status) { return std::string_view(status.subject()) == "bytes of bucket"; }

void expect_the_same(const Tokenizer& a, const Tokenizer& b) {
  promise(a.sampled_size() == b.sampled_size());
  for (uint32_t id = 0; id < a.vocab_size(); ++id) {
    promise(a.name(id) == b.name(id) && a.piece(id) == b.piece(id) && a.find(b.name(id)) == b.find(b.name(id)));
  }
  const std::string_view text = "Once upon <s> a user piece";
  promise(testing::encode(a, text) == testing::encode(b, text));
}

void open_and_use(const Bytes& section) {
  if (section.size() < vocab::kHeaderBytes) return;
  const uint32_t size = load_u32(section.data() + vocab::kSizeAt);
  Tokenizer in_memory;
  const Status expected = in_memory.open(section, size);
  if (expected.ok()) testing::use_everything(in_memory);

  // Little scratch, so that offsets are held in parts; large ones would be walked through too often here.
  Tokenizer streamed;
  testing::VocabularyFile file(section);
  const Status found = file.open(size, size_t{size} > 4096 ? 8 * section.size() : 2100, &streamed);
  promise(found.ok() == expected.ok() || is_limit_of_streams(found));
  if (!found.ok()) return;
  testing::use_everything(streamed);
  expect_the_same(streamed, in_memory);
}

// Opened over the one, used over the other.
void change_under_way(const Bytes& section, Bytes other) {
  const uint32_t size = load_u32(section.data() + vocab::kSizeAt);
  Bytes card = section;
  Tokenizer tokenizer;
  testing::VocabularyFile file(card);
  promise(file.open(size, 0, &tokenizer).ok());
  other.resize(card.size());
  std::copy(other.begin(), other.end(), card.begin());
  for (uint32_t id = 0; id < size; ++id) {
    promise(tokenizer.name(id).size() <= tokenizer.max_piece_bytes());
    const uint32_t piece = tokenizer.find(std::string(tokenizer.name(id)));
    promise(piece == kNoToken || piece < size);
  }
  std::vector<uint64_t> workspace(1000);
  std::vector<uint32_t> ids(100);
  size_t count = 0;
  const Status status = tokenizer.encode("Once upon <s> a time", {.parse_control = true},
                                         std::as_writable_bytes(std::span(workspace)), ids, &count);
  for (size_t i = 0; status.ok() && i < count; ++i) promise(ids[i] < size);
}

}  // namespace
}  // namespace thimble

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::span<const uint8_t> rest(data + 1, size - 1);
  const auto& valid = thimble::valid_sections();
  if (data[0] == 0) {
    const auto bytes = std::as_bytes(rest);
    thimble::open_and_use({bytes.begin(), bytes.end()});
  } else {
    thimble::Bytes section = valid[data[0] % valid.size()];
    thimble::testing::apply_patches(rest, section);
    thimble::open_and_use(section);
    thimble::change_under_way(valid[data[0] % valid.size()], section);
  }
  return 0;
}
