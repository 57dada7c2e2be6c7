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

// Checksum of a run of bytes, by 32-bit little-endian words so that a chip needs few instructions for each; a last
// part-word is padded with zeros and the length is mixed in. Each step is a bijection of the state and of the
// word, so any change within one word changes the result; other changes go unseen with probability 2^-32.
// Guards against accidents, not against forgery.
class Checksum32 {
 public:
  // The next bytes; a multiple of 4 of them, but for the last.
  void add(std::span<const std::byte> bytes) {
    uint32_t h = state_;
    size_t i = 0;
    for (; i + 4 <= bytes.size(); i += 4) h = step(h, load_u32(bytes.data() + i));
    uint32_t last = 0;
    for (size_t k = i; k < bytes.size(); ++k) last |= static_cast<uint32_t>(bytes[k]) << (8 * (k - i));
    if (i < bytes.size()) h = step(h, last);
    state_ = h;
    length_ += static_cast<uint32_t>(bytes.size());
  }
  // The same for bytes that start on a multiple of 4, as fast as a chip can: a load for each word, where one that
  // cannot load from any address needs ten instructions, and four words in a row. GCC makes 24 instructions of the
  // loop's body for Xtensa: 1.5 a byte.
  void add_words(std::span<const std::byte> bytes) {
    uint32_t h = state_;
    size_t i = 0;
    for (; i + 16 <= bytes.size(); i += 16) {
      const auto* w = reinterpret_cast<const ByteWord*>(bytes.data() + i);
      h = step(step(step(step(h, w[0]), w[1]), w[2]), w[3]);
    }
    state_ = h;
    length_ += static_cast<uint32_t>(i);
    add(bytes.subspan(i));
  }

  uint32_t value() const {
    const uint32_t h = (state_ ^ length_) * kMultiplier;
    return h ^ (h >> 16);
  }

 private:
  static constexpr uint32_t kMultiplier = 0x9e3779b1;  // odd; 2^32 / golden ratio, the usual spreader

  static uint32_t step(uint32_t h, uint32_t word) { return std::rotl((h ^ word) * kMultiplier, 15); }

  uint32_t state_ = 0x811c9dc5;
  uint32_t length_ = 0;
};

inline uint32_t checksum32(std::span<const std::byte> bytes) {
  Checksum32 sum;
  sum.add(bytes);
  return sum.value();
}

// Of bytes that start on a multiple of 4.
inline uint32_t checksum32_of_words(std::span<const std::byte> bytes) {
  Checksum32 sum;
  sum.add_words(bytes);
  return sum.value();
}

}  // namespace thimble
