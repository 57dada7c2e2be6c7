// The choice between the formats, told by a file's first bytes; and padding up to the size of a model.

#include "tools/vocabulary/vocabulary.h"

#include "tools/error.h"
#include "tools/first_bytes.h"
#include "tools/vocabulary/gguf_vocabulary.h"

namespace thimble::tools {
namespace {

constexpr const char* kRemedy = "; name a llama2.c tokenizer.bin or a sentencepiece .model with --tokenizer";

// A sentencepiece file begins with its first piece: key 0x0a (field 1, a message), its length, and inside it key 0x0a
// (field 1, the text) or 0x15 (field 2, the score) or 0x18 (field 3, the type). A tokenizer.bin begins with the length
// of its longest piece, whose third byte is zero as long as that is below 65,536.
bool looks_like_sentencepiece(std::span<const std::byte> bytes) {
  return bytes[0] == std::byte{0x0a} && bytes[2] != std::byte{0};
}

}  // namespace

Vocabulary read_vocabulary(std::span<const std::byte> bytes, const std::string& name, uint32_t expected_size) {
  if (is_thm(bytes)) throw Error(name + ": is a model; --tokenizer takes a tokenizer.bin or a sentencepiece .model");
  if (bytes.size() < 4) throw Error(name + ": " + std::to_string(bytes.size()) + " bytes are no tokenizer" + kRemedy);
  Vocabulary vocabulary = starts_with(bytes, "{")           ? read_tokenizer_json(bytes, name)
                          : starts_with(bytes, "GGUF")      ? read_gguf_vocabulary(GgufFile(bytes, name))
                          : looks_like_sentencepiece(bytes) ? read_sentencepiece(bytes, name)
                                                            : read_tokenizer_bin(bytes, name);
  const size_t found = vocabulary.pieces.size();
  if (expected_size == 0 || found == expected_size) return vocabulary;
  throw Error(name + ": this tokenizer has " + std::to_string(found) + " pieces, the model needs " +
              std::to_string(expected_size) + "; name the model's own with --tokenizer");
}

// Trainers pad for the sake of matrix units.
bool is_plausible_padding(size_t pieces, uint32_t ids) {
  constexpr uint32_t kMostOf = 8;
  if (pieces > ids) return false;
  const size_t added = ids - pieces;
  const uint32_t roundness = ids & -ids;  // the largest power of two that divides it
  return added < roundness && added <= ids / kMostOf;
}

void pad_vocabulary(Vocabulary* vocabulary, uint32_t ids) {
  while (vocabulary->pieces.size() < ids) vocabulary->pieces.push_back({"", 0, PieceType::kUnused});
}

}  // namespace thimble::tools
