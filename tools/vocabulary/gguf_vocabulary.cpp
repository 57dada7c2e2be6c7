#include "tools/vocabulary/gguf_vocabulary.h"

#include <algorithm>

#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/vocabulary/piece_text.h"

namespace thimble::tools {
namespace {

using Texts = std::vector<std::string_view>;

constexpr const char* kTokens = "tokenizer.ggml.tokens";
constexpr const char* kScores = "tokenizer.ggml.scores";
constexpr const char* kTypes = "tokenizer.ggml.token_type";
constexpr uint64_t kNone = 0xffffffff;  // how older files say that there is no such token

Texts read_tokens(const GgufFile& file) {
  const auto tokens = file.texts(kTokens);
  if (!tokens || tokens->empty()) {
    file.refuse(std::string("key ") + kTokens + " is missing: the file has no tokenizer; convert the model again");
  }
  check_room(tokens->size() - 1, file.name());
  return *tokens;
}

// One number per token; none where the key is absent.
std::vector<double> read_numbers(const GgufFile& file, const char* key, size_t tokens) {
  auto numbers = file.numbers(key);
  if (!numbers) return {};
  if (numbers->size() == tokens) return std::move(*numbers);
  file.refuse(std::string("key ") + key + " has " + std::to_string(numbers->size()) + " numbers for " +
              std::to_string(tokens) + " tokens; the file is damaged");
}

PieceType checked_type(double type, const GgufFile& file, size_t id) {
  if (type == 0) return PieceType::kNormal;  // "undefined", by some converters
  if (type >= 1 && type <= 6) return static_cast<PieceType>(type);
  throw Error(piece_place(file.name(), id) + ": unknown type " + std::to_string(type) + " in " + kTypes +
              "; the file is damaged");
}

// `usual`: of files that do not say.
uint32_t special_id(const GgufFile& file, const char* key, uint32_t usual, size_t tokens) {
  const uint64_t id = file.integer(key).value_or(usual);
  if (id == kNone) return kNoToken;
  if (id < tokens) return static_cast<uint32_t>(id);
  file.refuse(std::string("key ") + key + " is " + std::to_string(id) + ", there are " + std::to_string(tokens) +
              " tokens; the file is damaged");
}

void read_special_ids(const GgufFile& file, Vocabulary* vocabulary) {
  const size_t tokens = vocabulary->pieces.size();
  vocabulary->bos = special_id(file, "tokenizer.ggml.bos_token_id", 1, tokens);
  vocabulary->eos = special_id(file, "tokenizer.ggml.eos_token_id", 2, tokens);
  vocabulary->unk = special_id(file, "tokenizer.ggml.unknown_token_id", 0, tokens);
  vocabulary->add_bos = file.flag("tokenizer.ggml.add_bos_token").value_or(true) && vocabulary->bos != kNoToken;
}

VocabularyPiece sentencepiece_piece(std::string_view spelled, PieceType type, float score, const GgufFile& file,
                                    size_t id) {
  VocabularyPiece piece{with_spaces(spelled), score, type};
  if (type == PieceType::kByte) {
    const int byte = spelled_byte(piece.text);
    if (byte < 0) throw Error(piece_place(file.name(), id) + ": a byte not spelled <0xNN>; the file is damaged");
    piece.text = std::string(1, static_cast<char>(byte));
  }
  check_piece(piece, file.name(), id);
  return piece;
}

Vocabulary read_sentencepiece_kind(const GgufFile& file) {
  const Texts tokens = read_tokens(file);
  const std::vector<double> scores = read_numbers(file, kScores, tokens.size());
  const std::vector<double> types = read_numbers(file, kTypes, tokens.size());
  if (scores.empty() || types.empty()) {
    file.refuse(std::string("key ") + (scores.empty() ? kScores : kTypes) + " is missing; convert the model again");
  }
  Vocabulary vocabulary;
  vocabulary.format = "GGUF llama";
  for (size_t id = 0; id < tokens.size(); ++id) {
    vocabulary.pieces.push_back(
        sentencepiece_piece(tokens[id], checked_type(types[id], file, id), static_cast<float>(scores[id]), file, id));
  }
  read_special_ids(file, &vocabulary);
  vocabulary.add_space = file.flag("tokenizer.ggml.add_space_prefix").value_or(true);
  vocabulary.remove_extra_spaces = file.flag("tokenizer.ggml.remove_extra_whitespaces").value_or(false);
  vocabulary.merge_unused = std::ranges::any_of(vocabulary.pieces, [](const VocabularyPiece& piece) {
    return piece.type == PieceType::kUnused && !piece.text.empty();
  });
  return vocabulary;
}

}  // namespace

Vocabulary read_gguf_vocabulary(const GgufFile& file) {
  const auto kind = file.text("tokenizer.ggml.model");
  if (!kind) file.refuse("key tokenizer.ggml.model is missing: the file has no tokenizer; convert the model again");
  if (*kind == "llama") return read_sentencepiece_kind(file);
  file.refuse("key tokenizer.ggml.model: tokenizers of kind " + std::string(kind->substr(0, 40)) +
              " are not supported; use a model with a \"llama\" or \"gpt2\" tokenizer, or name another tokenizer with "
              "--tokenizer");
}

}  // namespace thimble::tools
