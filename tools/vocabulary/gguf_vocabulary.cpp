#include "tools/vocabulary/gguf_vocabulary.h"

#include <algorithm>

#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/vocabulary/byte_spelling.h"
#include "tools/vocabulary/merges.h"
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

// What a file means that does not say.
struct UsualIds {
  uint32_t bos;
  uint32_t eos;
  uint32_t unk;
  bool add_bos;
};

void read_special_ids(const GgufFile& file, const UsualIds& usual, Vocabulary* vocabulary) {
  const size_t tokens = vocabulary->pieces.size();
  vocabulary->bos = special_id(file, "tokenizer.ggml.bos_token_id", usual.bos, tokens);
  vocabulary->eos = special_id(file, "tokenizer.ggml.eos_token_id", usual.eos, tokens);
  vocabulary->unk = special_id(file, "tokenizer.ggml.unknown_token_id", usual.unk, tokens);
  const bool add_bos = file.flag("tokenizer.ggml.add_bos_token").value_or(usual.add_bos);
  vocabulary->add_bos = add_bos && vocabulary->bos != kNoToken;
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
  read_special_ids(file, {1, 2, 0, true}, &vocabulary);
  vocabulary.add_space = file.flag("tokenizer.ggml.add_space_prefix").value_or(true);
  vocabulary.remove_extra_spaces = file.flag("tokenizer.ggml.remove_extra_whitespaces").value_or(false);
  vocabulary.merge_unused = std::ranges::any_of(vocabulary.pieces, [](const VocabularyPiece& piece) {
    return piece.type == PieceType::kUnused && !piece.text.empty();
  });
  return vocabulary;
}

// --- byte-level ---

// How llama.cpp names the rules by which text is cut. Others are not known here, or need more than a rule.
struct PreTokenizer {
  std::string_view name;
  byte_level::SplitRule rule;
  bool like_llama3 = false;  // words that are pieces are not merged, and a text begins with BOS unless the file says no
};
constexpr PreTokenizer kPreTokenizers[] = {
    {"gpt-2", byte_level::SplitRule::kGpt2},
    {"mpt", byte_level::SplitRule::kGpt2},
    {"olmo", byte_level::SplitRule::kGpt2},
    {"phi-2", byte_level::SplitRule::kGpt2},
    {"llama-bpe", byte_level::SplitRule::kLlama3, true},
    {"llama3", byte_level::SplitRule::kLlama3, true},
    {"llama-v3", byte_level::SplitRule::kLlama3, true},
    {"smaug-bpe", byte_level::SplitRule::kLlama3},
    {"dbrx", byte_level::SplitRule::kLlama3},
    {"smollm", byte_level::SplitRule::kSmolLm},
    {"starcoder", byte_level::SplitRule::kSmolLm},
    {"refact", byte_level::SplitRule::kSmolLm},
    {"codeshell", byte_level::SplitRule::kSmolLm},
    {"command-r", byte_level::SplitRule::kSmolLm},
    {"qwen2", byte_level::SplitRule::kQwen2},
    {"deepseek-r1-qwen", byte_level::SplitRule::kQwen2},
};

const PreTokenizer& find_pre_tokenizer(const GgufFile& file) {
  constexpr const char* kKey = "tokenizer.ggml.pre";
  const auto name = file.text(kKey);
  if (!name) file.refuse(std::string("key ") + kKey + " is missing; convert the model with a newer llama.cpp");
  const auto* found = std::ranges::find(kPreTokenizers, *name, &PreTokenizer::name);
  if (found != std::end(kPreTokenizers)) return *found;
  file.refuse(std::string("key ") + kKey + ": text cut by the rule " + std::string(name->substr(0, 40)) +
              " is not supported; use a model with one of GPT-2, Llama 3, SmolLM or Qwen 2");
}

VocabularyPiece byte_level_piece(std::string_view spelled, PieceType type, const GgufFile& file, size_t id) {
  VocabularyPiece piece{std::string(spelled), 0, type};
  if (type == PieceType::kNormal) piece = merged_piece(spelled);
  check_piece(piece, file.name(), id);
  return piece;
}

std::vector<Merge> read_merges(const GgufFile& file) {
  constexpr const char* kKey = "tokenizer.ggml.merges";
  const auto lines = file.texts(kKey);
  if (!lines) file.refuse(std::string("key ") + kKey + " is missing; convert the model again");
  std::vector<Merge> merges;
  for (const std::string_view line : *lines) {
    const size_t space = line.find(' ', 1);
    const auto left = spelled_bytes(line.substr(0, space));
    const auto right = space == std::string_view::npos ? std::nullopt : spelled_bytes(line.substr(space + 1));
    if (!left || !right) {
      file.refuse(std::string("key ") + kKey + ": entry " + std::to_string(merges.size()) +
                  " is no pair of pieces; the file is damaged");
    }
    merges.push_back({*left, *right});
  }
  return merges;
}

Vocabulary read_byte_level_kind(const GgufFile& file) {
  const Texts tokens = read_tokens(file);
  const std::vector<double> types = read_numbers(file, kTypes, tokens.size());
  if (types.empty()) file.refuse(std::string("key ") + kTypes + " is missing; convert the model again");
  const PreTokenizer& pre_tokenizer = find_pre_tokenizer(file);
  Vocabulary vocabulary;
  vocabulary.format = "GGUF gpt2";
  vocabulary.split_rule = pre_tokenizer.rule;
  vocabulary.whole_words = pre_tokenizer.like_llama3;
  vocabulary.add_space = vocabulary.add_space_once = file.flag("tokenizer.ggml.add_space_prefix").value_or(false);
  for (size_t id = 0; id < tokens.size(); ++id) {
    vocabulary.pieces.push_back(byte_level_piece(tokens[id], checked_type(types[id], file, id), file, id));
  }
  read_special_ids(file, {kNoToken, kNoToken, kNoToken, pre_tokenizer.like_llama3}, &vocabulary);
  apply_merges(read_merges(file), &vocabulary, file.name());
  return vocabulary;
}

}  // namespace

Vocabulary read_gguf_vocabulary(const GgufFile& file) {
  const auto kind = file.text("tokenizer.ggml.model");
  if (!kind) file.refuse("key tokenizer.ggml.model is missing: the file has no tokenizer; convert the model again");
  if (*kind == "llama") return read_sentencepiece_kind(file);
  if (*kind == "gpt2") return read_byte_level_kind(file);
  file.refuse("key tokenizer.ggml.model: tokenizers of kind " + std::string(kind->substr(0, 40)) +
              " are not supported; use a model with a \"llama\" or \"gpt2\" tokenizer, or name another tokenizer with "
              "--tokenizer");
}

}  // namespace thimble::tools
