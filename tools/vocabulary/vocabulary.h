// A tokenizer's vocabulary on its way into a .thm file, whatever file it came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "thimble/tokenizer.h"

namespace thimble::tools {

struct VocabularyPiece {
  std::string text;  // spaces as ' ', never as U+2581; one raw byte for kByte; "<s>" and the like for kControl
  float score = 0;   // higher merges first
  PieceType type = PieceType::kNormal;
};

struct Vocabulary {
  std::vector<VocabularyPiece> pieces;  // by id
  uint32_t bos = kNoToken;
  uint32_t eos = kNoToken;
  uint32_t unk = kNoToken;
  bool add_bos = true;               // a prompt starts with BOS
  bool add_space = true;             // a prompt starts with one added space
  bool remove_extra_spaces = false;  // of spaces in a row one is kept, at both ends of a prompt none
  bool merge_unused = false;         // unused pieces merge, and fall apart into what they were merged from
  std::string format;                // "llama2.c tokenizer.bin", "sentencepiece model"
};

// Reads a llama2.c tokenizer.bin. `name` is used in messages only. Types are derived: ids 0, 1, 2 are <unk>, <s>,
// </s>; "<0xNN>" is a byte. Throws Error.
Vocabulary read_tokenizer_bin(std::span<const std::byte> bytes, const std::string& name);

// Reads a sentencepiece .model (protobuf) of model type BPE. Throws Error, naming what is not supported.
Vocabulary read_sentencepiece(std::span<const std::byte> bytes, const std::string& name);

// Tells the two formats apart by content and reads either. `expected_size`: of the model's vocabulary, 0 for any.
// Throws Error.
Vocabulary read_vocabulary(std::span<const std::byte> bytes, const std::string& name, uint32_t expected_size);

// Whether the vocabulary of a model with `ids` ids may be one of `pieces` pieces, padded to a round size: a multiple of
// a power of two, where no smaller multiple would do, and an eighth larger at most.
bool is_plausible_padding(size_t pieces, uint32_t ids);

// Adds unused pieces without a text until there are `ids`.
void pad_vocabulary(Vocabulary* vocabulary, uint32_t ids);

// The VOCB section for a vocabulary, with its lookup index. Throws Error (a piece longer than the format allows, ...).
std::vector<std::byte> write_vocabulary(const Vocabulary& vocabulary);

// The way back from the VOCB section of a model of `vocab_size` ids. Throws Error where the section is not valid.
Vocabulary read_vocabulary_section(std::span<const std::byte> section, uint32_t vocab_size);

}  // namespace thimble::tools
