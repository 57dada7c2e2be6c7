// Whether this build has the word guard (include/thimble/words.h), and the bytes of its section: docs/FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#ifndef THIMBLE_WORD_GUARD
#define THIMBLE_WORD_GUARD 1
#endif

namespace thimble::words {

inline constexpr bool kLinked = THIMBLE_WORD_GUARD != 0;

inline constexpr size_t kCountAt = 0;         // u32: words, 1 to kMaxWords
inline constexpr size_t kBlocksAt = 4;        // u32 per block: where its first record begins
inline constexpr uint32_t kBlockWords = 16;   // the last block may have fewer
inline constexpr uint32_t kMaxWords = 65536;  // keeps every sum of offsets far from overflow

// A record: bytes that the word shares with the one before, bytes of its own, and those. The first of a block shares
// none.
inline constexpr size_t kSharedAt = 0;  // u8
inline constexpr size_t kOwnAt = 1;     // u8
inline constexpr size_t kTextAt = 2;

constexpr uint32_t block_count(uint32_t words) { return (words + kBlockWords - 1) / kBlockWords; }
constexpr size_t records_at(uint32_t words) { return kBlocksAt + size_t{4} * block_count(words); }

// A token of a space, and a word behind it.
bool begins_word(std::string_view text);

}  // namespace thimble::words
