// The tokenizer of a GGUF file. Its kind "llama" merges characters by score, its kind "gpt2" merges bytes by a list.

#include <algorithm>
#include <string>

#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/export/export.h"
#include "tools/export/gguf_metadata.h"
#include "tools/vocabulary/byte_spelling.h"
#include "tools/vocabulary/merges.h"

namespace thimble::tools {
namespace {

using byte_level::SplitRule;

// --- by characters ---

// Spaces inside tokens are U+2581 there, and bytes are spelled.
std::string spelled_by_characters(const VocabularyPiece& piece) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (piece.type == PieceType::kByte) {
    const auto byte = static_cast<uint8_t>(piece.text[0]);
    return std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">";
  }
  if (piece.type == PieceType::kControl || piece.type == PieceType::kUnknown) return piece.text;
  std::string text;
  for (const char c : piece.text) text.append(c == ' ' ? "\xe2\x96\x81" : std::string(1, c));
  return text;
}

void check_by_score(const Vocabulary& vocabulary) {
  const auto has_left = [](const VocabularyPiece& piece) { return piece.left != vocab::kAnyLeft; };
  if (vocabulary.whole_words || std::ranges::any_of(vocabulary.pieces, has_left)) {
    throw Error("its vocabulary merges characters by a list, and GGUF knows lists for bytes alone");
  }
  if (vocabulary.add_space_once) throw Error("its vocabulary adds a space to some texts alone, which GGUF cannot say");
}

void add_scores(const Vocabulary& vocabulary, GgufMetadata* metadata) {
  GgufWriter& scores = metadata->array("tokenizer.ggml.scores", GgufValue::kF32, vocabulary.pieces.size());
  for (const VocabularyPiece& piece : vocabulary.pieces) scores.f32(piece.score);
}

// --- by bytes ---

// As the importer knows them, and llama.cpp. `whole_words`: as Llama 3, where words that are pieces are not merged.
const char* pre_tokenizer_of(const Vocabulary& vocabulary) {
  if (vocabulary.whole_words) {
    if (vocabulary.split_rule == SplitRule::kLlama3) return "llama-bpe";
    throw Error("its vocabulary takes whole words by another rule than Llama 3's, which GGUF cannot say");
  }
  switch (vocabulary.split_rule) {
    case SplitRule::kGpt2:
      return "gpt-2";
    case SplitRule::kLlama3:
      return "smaug-bpe";
    case SplitRule::kSmolLm:
      return "smollm";
    case SplitRule::kQwen2:
      return "qwen2";
    case SplitRule::kNone:
      break;
  }
  throw Error("unknown rule of cutting text");
}

void check_by_list(const Vocabulary& vocabulary) {
  if (vocabulary.merge_unused)
    throw Error("its vocabulary has steps that are no tokens, which GGUF cannot say of bytes");
  if (vocabulary.add_space != vocabulary.add_space_once) {
    throw Error("its vocabulary adds a space to every text, which GGUF cannot say of bytes");
  }
}

// Bytes have no type of their own there.
uint32_t type_by_bytes(const VocabularyPiece& piece) {
  return static_cast<uint32_t>(piece.type == PieceType::kByte ? PieceType::kNormal : piece.type);
}

void add_merges(const Vocabulary& vocabulary, GgufMetadata* metadata) {
  const std::vector<Merge> merges = merges_of(vocabulary);
  GgufWriter& lines = metadata->array("tokenizer.ggml.merges", GgufValue::kString, merges.size());
  for (const Merge& merge : merges) lines.text(spelling_of(merge.left) + ' ' + spelling_of(merge.right));
}

}  // namespace

void add_gguf_tokenizer(const Vocabulary& vocabulary, GgufMetadata* metadata) {
  check_has_rows(vocabulary);
  const bool by_bytes = vocabulary.split_rule != SplitRule::kNone;
  by_bytes ? check_by_list(vocabulary) : check_by_score(vocabulary);
  const size_t count = vocabulary.pieces.size();
  metadata->text("tokenizer.ggml.model", by_bytes ? "gpt2" : "llama");
  if (by_bytes) metadata->text("tokenizer.ggml.pre", pre_tokenizer_of(vocabulary));
  GgufWriter& texts = metadata->array("tokenizer.ggml.tokens", GgufValue::kString, count);
  for (const VocabularyPiece& piece : vocabulary.pieces) {
    const bool merged = piece.type == PieceType::kNormal || piece.type == PieceType::kByte;
    texts.text(!by_bytes ? spelled_by_characters(piece) : merged ? spelling_of(piece.text) : piece.text);
  }
  GgufWriter& types = metadata->array("tokenizer.ggml.token_type", GgufValue::kI32, count);
  for (const VocabularyPiece& piece : vocabulary.pieces) {
    types.u32(by_bytes ? type_by_bytes(piece) : static_cast<uint32_t>(piece.type));
  }
  by_bytes ? add_merges(vocabulary, metadata) : add_scores(vocabulary, metadata);
  const auto add_id = [&](const char* key, uint32_t id) {
    if (id != kNoToken) metadata->u32(key, id);
  };
  add_id("tokenizer.ggml.bos_token_id", vocabulary.bos);
  add_id("tokenizer.ggml.eos_token_id", vocabulary.eos);
  add_id("tokenizer.ggml.unknown_token_id", vocabulary.unk);
  metadata->flag("tokenizer.ggml.add_bos_token", vocabulary.add_bos);
  metadata->flag("tokenizer.ggml.add_space_prefix", vocabulary.add_space);
  metadata->flag("tokenizer.ggml.remove_extra_whitespaces", vocabulary.remove_extra_spaces);
}

}  // namespace thimble::tools
