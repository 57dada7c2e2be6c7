// The 32-bit checksum of .thm files and the hash of vocabulary pieces.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace thimble {

// A word in memory that holds bytes.
using ByteWord = uint32_t __attribute__((may_alias));

// Checksum of a run of bytes, by 32-bit little-endian words so that a chip needs four instructions per word; a
// last part-word is padded with zeros and the length is mixed in. Each step is a bijection of the state and of the
// word, so any change within one word changes the result; other changes go unseen with probability 2^-32.
// Guards against accidents, not against forgery.
template <class LoadWord>
inline uint32_t checksum32_by(const LoadWord& load_word, std::span<const std::byte> bytes) {
  constexpr uint32_t kMultiplier = 0x9e3779b1;  // odd; 2^32 / golden ratio, the usual spreader
  uint32_t h = 0x811c9dc5;
  const auto add = [&h](uint32_t word) { h = std::rotl((h ^ word) * kMultiplier, 15); };
  size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) add(load_word(bytes.data() + i));
  uint32_t last = 0;
  for (size_t k = i; k < bytes.size(); ++k) last |= static_cast<uint32_t>(bytes[k]) << (8 * (k - i));
  if (i < bytes.size()) add(last);
  h = (h ^ static_cast<uint32_t>(bytes.size())) * kMultiplier;
  return h ^ (h >> 16);
}

// Bytes at any address.
inline uint32_t checksum32(std::span<const std::byte> bytes) { return checksum32_by(load_u32, bytes); }

// Bytes that start on a multiple of 4: a load for each word, where a chip that cannot load from any address needs ten
// instructions.
inline uint32_t checksum32_of_words(std::span<const std::byte> bytes) {
  return checksum32_by([](const std::byte* p) { return uint32_t{*reinterpret_cast<const ByteWord*>(p)}; }, bytes);
}

}  // namespace thimble
