// llama2.c's tokenizer.bin: u32 longest piece, then per piece f32 score, i32 length, bytes; as many as the file holds.

#include "base/bytes.h"
#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/first_bytes.h"
#include "tools/vocabulary/piece_text.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {
namespace {

constexpr size_t kHeaderBytes = 4;
constexpr size_t kPieceHeaderBytes = 8;
constexpr size_t kSpecials = 3;

// llama2.c's exporter puts the names of BOS and EOS on lines of their own.
std::string without_newlines(const std::string& text) {
  const bool framed = text.size() >= 2 && text.front() == '\n' && text.back() == '\n';
  return framed ? text.substr(1, text.size() - 2) : text;
}

// The format has no types: the first three pieces are special by position, bytes by their spelling.
VocabularyPiece typed_piece(std::string text, float score, size_t id, const std::string& name) {
  if (id == 0) return {"<unk>", score, PieceType::kUnknown};
  if (id < kSpecials) {
    const std::string expected = id == 1 ? "<s>" : "</s>";
    if (without_newlines(text) == expected) return {expected, score, PieceType::kControl};
    throw Error(piece_place(name, id) + ": it is not " + expected +
                "; llama2.c expects <unk>, <s>, </s> first, so this is another tokenizer or another kind of file");
  }
  if (const int byte = spelled_byte(text); byte >= 0) {
    return {std::string(1, static_cast<char>(byte)), score, PieceType::kByte};
  }
  // Fillers, as in vocabularies padded to a round size.
  const PieceType type = text.empty() ? PieceType::kUnused : PieceType::kNormal;
  return {std::move(text), score, type};
}

}  // namespace

Vocabulary read_tokenizer_bin(std::span<const std::byte> bytes, const std::string& name) {
  Vocabulary vocabulary;
  vocabulary.format = "llama2.c tokenizer.bin";
  vocabulary.unk = 0;
  vocabulary.bos = 1;
  vocabulary.eos = 2;
  for (size_t at = kHeaderBytes; at < bytes.size();) {
    const size_t id = vocabulary.pieces.size();
    check_room(id, name);
    const size_t left = bytes.size() - at;
    const size_t length = left < kPieceHeaderBytes ? 0 : load_u32(bytes.data() + at + 4);
    if (length > vocab::kMaxPieceBytes && swapped(static_cast<uint32_t>(length)) <= vocab::kMaxPieceBytes) {
      throw Error(name + ": this is a big-endian tokenizer.bin; export it in little-endian order");
    }
    if (length > vocab::kMaxPieceBytes) {
      throw Error(piece_place(name, id) + ": a length of " + std::to_string(length) +
                  " bytes; this is no llama2.c tokenizer.bin, or it is damaged");
    }
    if (left < kPieceHeaderBytes + length) {
      throw Error(piece_place(name, id) + ": the file ends inside it; it is cut short, or no llama2.c tokenizer.bin");
    }
    const std::byte* p = bytes.data() + at;
    std::string text(reinterpret_cast<const char*>(p + kPieceHeaderBytes), length);
    VocabularyPiece piece = typed_piece(std::move(text), load_f32(p), id, name);
    check_piece(piece, name, id);
    vocabulary.pieces.push_back(std::move(piece));
    at += kPieceHeaderBytes + length;
  }
  const size_t found = vocabulary.pieces.size();
  if (found < kSpecials) {
    throw Error(name + ": " + std::to_string(found) + " pieces, a tokenizer.bin has at least " +
                std::to_string(kSpecials) + "; the file is cut short, or something else");
  }
  return vocabulary;
}

}  // namespace thimble::tools
