// Synthetic vocabularies for tests, and their form in the two foreign formats that the tools read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/vocabulary/vocabulary.h"

namespace thimble::testing {

// A vocabulary of exactly `size` pieces, the same on every machine for the same arguments: <unk>, <s>, </s>; with 259
// pieces or more the 256 byte pieces; then merges (frequent English ones first, seeded ones after), then single
// characters. All scores differ, and no piece has a space behind a non-space. size >= 8.
tools::Vocabulary make_vocabulary(uint32_t size, uint64_t seed);

// The vocabulary as llama2.c stores it. Types other than its three specials and bytes become normal pieces.
std::vector<std::byte> to_tokenizer_bin(const tools::Vocabulary& vocabulary);

// The vocabulary as a sentencepiece model of type BPE.
std::vector<std::byte> to_sentencepiece(const tools::Vocabulary& vocabulary);

// Encodes with as much workspace and room for ids as the text can need. Throws std::runtime_error on an error.
std::vector<uint32_t> encode(const Tokenizer& tokenizer, std::string_view text, const EncodeOptions& options = {});

// The text of ids; as in encode(), the added space counts as added only behind BOS.
std::string decode(const Tokenizer& tokenizer, const std::vector<uint32_t>& ids);

// Calls every function of an opened tokenizer on every id, and encodes a few texts, valid or not. Throws
// std::runtime_error where an answer breaks a promise of the header; a sanitizer sees the rest.
void use_everything(const Tokenizer& tokenizer);

}  // namespace thimble::testing
