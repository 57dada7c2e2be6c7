// What the vocabulary formats have in common: how bytes are spelled, and the caps on a file that may be hostile.
#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

// The byte that "<0x0A>" spells; -1 for any other text.
inline int spelled_byte(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>') return -1;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data() + 3, text.data() + 5, value, 16);
  return error == std::errc() && end == text.data() + 5 ? static_cast<int>(value) : -1;
}

// With spaces for U+2581, as which sentencepiece writes them.
inline std::string with_spaces(std::string_view rest) {
  constexpr std::string_view kMetaSpace = "\xe2\x96\x81";
  std::string text;
  for (size_t at = rest.find(kMetaSpace); at != std::string_view::npos; at = rest.find(kMetaSpace)) {
    text.append(rest.substr(0, at)).append(1, ' ');
    rest.remove_prefix(at + kMetaSpace.size());
  }
  return text.append(rest);
}

// "name: piece 7".
inline std::string piece_place(const std::string& name, size_t id) { return name + ": piece " + std::to_string(id); }

// Throws Error unless the piece has a finite score, and a text that .thm can hold.
inline void check_piece(const VocabularyPiece& piece, const std::string& name, size_t id) {
  if (!std::isfinite(piece.score)) {
    throw Error(piece_place(name, id) + ": its score is not a finite number; the file is damaged");
  }
  if (piece.text.size() > vocab::kMaxPieceBytes) {
    throw Error(piece_place(name, id) + ": " + std::to_string(piece.text.size()) + " bytes of text, .thm allows " +
                std::to_string(vocab::kMaxPieceBytes) + "; shorten the piece or drop it from the vocabulary");
  }
  if (piece.text.empty() && piece.type != PieceType::kUnused) {
    throw Error(piece_place(name, id) + ": it has no text; the file is damaged");
  }
}

// Throws Error where one piece more than `found` is more than .thm can hold.
inline void check_room(size_t found, const std::string& name) {
  if (found < vocab::kMaxPieces) return;
  throw Error(name + ": more than " + std::to_string(vocab::kMaxPieces) +
              " pieces, the most that .thm allows; use a smaller vocabulary");
}

}  // namespace thimble::tools
