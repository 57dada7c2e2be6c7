// Merging asks for a pair's joined text, and of all pairs that form a piece merges the one with the best score. So a
// list of pairs becomes scores where each piece is made
//   - by one pair: the piece says how long its left part is (vocab::kRecordLeftAt), unless no other pair of pieces has
//     the same text. Tokenizers that were trained on pairs are such;
//   - by every pair of pieces that has its text, one after the other in the list. Tokenizers that were trained on
//   scores
//     and exported as pairs are such;
//   - by none: then nothing merges into it.

#include "tools/vocabulary/merges.h"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/vocabulary/piece_text.h"

namespace thimble::tools {
namespace {

// The merges that make one piece.
struct Makers {
  size_t count = 0;
  size_t first = 0;  // ranks
  size_t last = 0;
  size_t left_bytes = 0;  // of the last
};

using Ids = std::unordered_map<std::string_view, uint32_t>;

// Pieces that merging starts from or makes.
Ids ids_of_symbols(const Vocabulary& vocabulary) {
  Ids ids;
  for (uint32_t id = 0; id < vocabulary.pieces.size(); ++id) {
    const VocabularyPiece& piece = vocabulary.pieces[id];
    if (piece.type == PieceType::kNormal || piece.type == PieceType::kByte) ids.emplace(piece.text, id);
  }
  return ids;
}

size_t possible_pairs(std::string_view text, const Ids& symbols) {
  size_t pairs = 0;
  for (size_t at = 1; at < text.size(); ++at) {
    if (symbols.contains(text.substr(0, at)) && symbols.contains(text.substr(at))) ++pairs;
  }
  return pairs;
}

// Whether the text is one character, or one byte of a byte-level vocabulary, which no merge makes.
bool is_single(std::string_view text, bool by_bytes) {
  const auto continues = [](char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; };
  return text.size() == 1 || (!by_bytes && std::ranges::all_of(text.substr(1), continues));
}

uint8_t left_of(const VocabularyPiece& piece, const Makers& makers, const Ids& symbols, const std::string& place) {
  if (makers.count == 0) return vocab::kNoMerge;
  const size_t pairs = possible_pairs(piece.text, symbols);
  if (makers.count == pairs && makers.last - makers.first + 1 == makers.count) return vocab::kAnyLeft;
  if (makers.count == 1 && makers.left_bytes < vocab::kNoMerge) return static_cast<uint8_t>(makers.left_bytes);
  throw Error(place + ": " + std::to_string(makers.count) + " of " + std::to_string(pairs) +
              " pairs make it, at places of the merges that are not together, which is not supported; name another "
              "tokenizer with --tokenizer");
}

}  // namespace

void apply_merges(std::span<const Merge> merges, Vocabulary* vocabulary, const std::string& name) {
  const Ids symbols = ids_of_symbols(*vocabulary);
  std::vector<Makers> makers(vocabulary->pieces.size());
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    const Merge& merge = merges[rank];
    const auto made = symbols.find(merge.left + merge.right);
    // What is no piece has no symbols, and so no such pair is ever met.
    if (made == symbols.end() || !symbols.contains(merge.left) || !symbols.contains(merge.right)) continue;
    Makers& m = makers[made->second];
    if (m.count++ == 0) m.first = rank;
    m.last = rank;
    m.left_bytes = merge.left.size();
  }
  for (uint32_t id = 0; id < vocabulary->pieces.size(); ++id) {
    VocabularyPiece& piece = vocabulary->pieces[id];
    const bool by_bytes = vocabulary->split_rule != byte_level::SplitRule::kNone;
    if (piece.type != PieceType::kNormal || is_single(piece.text, by_bytes)) continue;
    piece.score = -static_cast<float>(makers[id].first);
    piece.left = left_of(piece, makers[id], symbols, piece_place(name, id));
  }
}

std::vector<Merge> merges_of(const Vocabulary& vocabulary) {
  const Ids symbols = ids_of_symbols(vocabulary);
  std::vector<uint32_t> made;  // pieces that merging makes, the best first
  for (uint32_t id = 0; id < vocabulary.pieces.size(); ++id) {
    const VocabularyPiece& piece = vocabulary.pieces[id];
    const auto found = symbols.find(piece.text);
    if (piece.left != vocab::kNoMerge && found != symbols.end() && found->second == id) made.push_back(id);
  }
  std::ranges::stable_sort(made, std::greater(), [&](uint32_t id) { return vocabulary.pieces[id].score; });
  std::vector<Merge> merges;
  for (const uint32_t id : made) {
    const VocabularyPiece& piece = vocabulary.pieces[id];
    for (size_t at = 1; at < piece.text.size(); ++at) {
      if (piece.left != vocab::kAnyLeft && piece.left != at) continue;
      Merge merge{piece.text.substr(0, at), piece.text.substr(at)};
      if (symbols.contains(merge.left) && symbols.contains(merge.right)) merges.push_back(std::move(merge));
    }
  }
  return merges;
}

}  // namespace thimble::tools
