// llama2.c's tokenizer.bin: u32 longest piece, then per piece f32 score, i32 length, bytes; as many as the file holds.

#include <charconv>
#include <cmath>

#include "base/bytes.h"
#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {
namespace {

constexpr size_t kPieceHeaderBytes = 8;

// "<0x0A>" is the byte 0x0a; anything else -1.
int byte_of(const std::string& text) {
  if (text.size() != 6 || text.compare(0, 3, "<0x") != 0 || text[5] != '>') return -1;
  int value = -1;
  const auto [end, error] = std::from_chars(text.data() + 3, text.data() + 5, value, 16);
  return error == std::errc() && end == text.data() + 5 ? value : -1;
}

// The format has no types: the first three pieces are special by position, bytes by their spelling.
VocabularyPiece typed_piece(std::string text, float score, size_t id) {
  static constexpr const char* kSpecials[] = {"<unk>", "<s>", "</s>"};
  if (id < 3) return {kSpecials[id], score, id == 0 ? PieceType::kUnknown : PieceType::kControl};
  if (const int byte = byte_of(text); byte >= 0) return {std::string(1, static_cast<char>(byte)), score, PieceType::kByte};
  return {std::move(text), score, PieceType::kNormal};
}

}  // namespace

Vocabulary read_tokenizer_bin(std::span<const std::byte> bytes, const std::string& name, uint32_t expected_size) {
  const auto refuse = [&name](size_t id, const char* what) -> Error {
    return Error(name + ": piece " + std::to_string(id) + ": " + what +
                 "; this is no llama2.c tokenizer.bin, or it is damaged");
  };
  if (bytes.size() < 4) throw Error(name + ": " + std::to_string(bytes.size()) + " bytes are too few for a tokenizer");
  Vocabulary vocabulary;
  vocabulary.format = "llama2.c tokenizer.bin";
  for (size_t at = 4; at < bytes.size();) {
    const size_t id = vocabulary.pieces.size();
    if (bytes.size() - at < kPieceHeaderBytes) throw refuse(id, "the file ends inside it");
    const float score = load_f32(bytes.data() + at);
    const uint32_t length = load_u32(bytes.data() + at + 4);
    at += kPieceHeaderBytes;
    if (!std::isfinite(score)) throw refuse(id, "its score is not a number");
    if (length > vocab::kMaxPieceBytes) throw refuse(id, "its length is out of range");
    if (length > bytes.size() - at) throw refuse(id, "the file ends inside it");
    std::string text(reinterpret_cast<const char*>(bytes.data() + at), length);
    vocabulary.pieces.push_back(typed_piece(std::move(text), score, id));
    at += length;
  }
  const size_t found = vocabulary.pieces.size();
  if (found < 3) throw Error(name + ": " + std::to_string(found) + " pieces; a tokenizer.bin has at least 3");
  if (expected_size != 0 && found != expected_size) {
    throw Error(name + ": this tokenizer has " + std::to_string(found) + " pieces, the model needs " +
                std::to_string(expected_size) + "; name the model's own with --tokenizer");
  }
  vocabulary.unk = 0;
  vocabulary.bos = 1;
  vocabulary.eos = 2;
  return vocabulary;
}

Vocabulary read_vocabulary(std::span<const std::byte> bytes, const std::string& name, uint32_t expected_size) {
  if (bytes.empty()) throw Error(name + ": the file is empty; name a tokenizer.bin or a sentencepiece .model");
  // A sentencepiece file begins with its first piece: field 1, length-delimited. In a tokenizer.bin that byte is the
  // low one of the longest length, and 10 (0x0a) is possible there; the second byte is then 0, which no piece has as
  // its length.
  const bool protobuf = bytes.size() >= 2 && bytes[0] == std::byte{0x0a} && bytes[1] != std::byte{0};
  Vocabulary vocabulary = protobuf ? read_sentencepiece(bytes, name) : read_tokenizer_bin(bytes, name, expected_size);
  const size_t found = vocabulary.pieces.size();
  if (expected_size != 0 && found != expected_size) {
    throw Error(name + ": this tokenizer has " + std::to_string(found) + " pieces, the model needs " +
                std::to_string(expected_size) + "; name the model's own with --tokenizer");
  }
  return vocabulary;
}

}  // namespace thimble::tools
