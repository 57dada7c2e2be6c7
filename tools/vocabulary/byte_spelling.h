// How byte-level tokenizers spell bytes in their files: each as a character that can be seen, since JSON holds text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

// The bytes that `spelled` stands for; nothing where a character of it spells none.
std::optional<std::string> spelled_bytes(std::string_view spelled);

// The way back.
std::string spelling_of(std::string_view bytes);

// A piece that merging starts from or makes: kByte for a single byte. One that spells no bytes no text is cut into: it
// is kUnused.
VocabularyPiece merged_piece(std::string_view spelled);

}  // namespace thimble::tools
