// A tokenizer's vocabulary on its way into a .thm file, whatever file it came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "text/byte_level/byte_level.h"
#include "thimble/tokenizer.h"

namespace thimble::tools {

struct VocabularyPiece {
  std::string text;  // spaces as ' ', never as U+2581; one raw byte for kByte; "<s>" and the like for kControl
  float score = 0;   // higher merges first
  PieceType type = PieceType::kNormal;
  uint8_t left = 0;  // vocab::kRecordLeftAt: how merging makes the piece
};

// A control piece that takes the white space beside it.
struct StrippingPiece {
  std::string text;
  bool left = false;
  bool right = false;
};

struct Vocabulary {
  std::vector<VocabularyPiece> pieces;  // by id
  uint32_t steps = 0;  // the last so many pieces are steps of merging alone, no tokens of the model: kUnused
  uint32_t bos = kNoToken;
  uint32_t eos = kNoToken;
  uint32_t unk = kNoToken;
  bool add_bos = true;               // a prompt starts with BOS
  bool add_space = true;             // a prompt starts with one added space
  bool add_space_once = false;       // but not one that starts with a space, nor what follows a control piece
  bool remove_extra_spaces = false;  // of spaces in a row one is kept, at both ends of a prompt none
  bool merge_unused = false;         // unused pieces merge, and fall apart into what they were merged from
  // Byte-level, where it is not kNone: pieces are bytes as they are, each kByte or merged from such.
  byte_level::SplitRule split_rule = byte_level::SplitRule::kNone;
  std::vector<StrippingPiece>
      stripping;             // not in the file: for the pattern of a chat template, where such pieces stand
  bool whole_words = false;  // a word that is a piece is not left to merging
  std::string format;        // "llama2.c tokenizer.bin", "sentencepiece model"
  std::string remark;        // what the reader of the file left out, and users should know; usually empty
};

// Reads a llama2.c tokenizer.bin. `name` is used in messages only. Types are derived: ids 0, 1, 2 are <unk>, <s>,
// </s>; "<0xNN>" is a byte. Throws Error.
Vocabulary read_tokenizer_bin(std::span<const std::byte> bytes, const std::string& name);

// Reads a sentencepiece .model (protobuf) of model type BPE. Throws Error, naming what is not supported.
Vocabulary read_sentencepiece(std::span<const std::byte> bytes, const std::string& name);

// Reads a Hugging Face tokenizer.json of model type BPE, by characters with spaces as U+2581 or by bytes. Throws Error,
// naming what is not supported.
Vocabulary read_tokenizer_json(std::span<const std::byte> bytes, const std::string& name);

// What stands beside it in a tokenizer_config.json: the tokens that begin and end a text. Throws Error.
void apply_tokenizer_config(std::span<const std::byte> bytes, const std::string& name, Vocabulary* vocabulary);

// Tells the formats apart by content, GGUF among them, and reads each. `expected_size`: of the model's vocabulary, 0
// for any. Throws Error.
Vocabulary read_vocabulary(std::span<const std::byte> bytes, const std::string& name, uint32_t expected_size);

// Whether the vocabulary of a model with `ids` ids may be one of `pieces` pieces, padded to a round size: a multiple of
// a power of two, where no smaller multiple would do, and an eighth larger at most.
bool is_plausible_padding(size_t pieces, uint32_t ids);

// Adds unused pieces without a text until there are `ids`.
void pad_vocabulary(Vocabulary* vocabulary, uint32_t ids);

// The VOCB section for a vocabulary, with its lookup index. Throws Error (a piece longer than the format allows, ...).
std::vector<std::byte> write_vocabulary(const Vocabulary& vocabulary);

// The way back from the VOCB section of a model of `vocab_size` tokens. Throws Error where the section is not valid.
Vocabulary read_vocabulary_section(std::span<const std::byte> section, uint32_t vocab_size);

}  // namespace thimble::tools
