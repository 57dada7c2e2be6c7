// Texts and vocabularies for tests of words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/vocabulary/vocabulary.h"

namespace thimble::testing {

// A vocabulary of the control pieces <s> and </s> (ids 0, 1) and `pieces` as normal ones from id 2 on.
inline std::vector<std::byte> vocabulary_of(const std::vector<std::string>& pieces) {
  tools::Vocabulary vocabulary;
  vocabulary.pieces = {{"<s>", 0, PieceType::kControl}, {"</s>", 0, PieceType::kControl}};
  for (const std::string& piece : pieces) vocabulary.pieces.push_back({piece, 0, PieceType::kNormal});
  vocabulary.pieces.push_back({"<unk>", 0, PieceType::kUnknown});
  vocabulary.bos = 0;
  vocabulary.eos = 1;
  vocabulary.unk = static_cast<uint32_t>(vocabulary.pieces.size()) - 1;
  return tools::write_vocabulary(vocabulary);
}

}  // namespace thimble::testing
