// Tokenizer::open on hostile sections. The first byte chooses: 0 the rest as it is, else the rest as edits of one of
// three valid sections. Whatever opens must keep every promise of the header.

#include <array>
#include <vector>

#include "base/bytes.h"
#include "tests/fuzz/patches.h"
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

void open_and_use(const Bytes& section) {
  if (section.size() < vocab::kHeaderBytes) return;
  Tokenizer tokenizer;
  if (tokenizer.open(section, load_u32(section.data() + vocab::kSizeAt)).ok()) testing::use_everything(tokenizer);
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
  }
  return 0;
}
