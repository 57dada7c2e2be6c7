// Well-formed UTF-8, by the table of the Unicode Standard (chapter 3, table 3-7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thimble {

enum class Utf8Prefix : uint8_t { kWhole, kIncomplete, kInvalid };

// What 1..4 bytes are: one whole character, the beginning of one, or neither.
inline Utf8Prefix utf8_prefix(std::string_view bytes) {
  const auto at = [bytes](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t lead = at(0);
  if (lead < 0x80) return bytes.size() == 1 ? Utf8Prefix::kWhole : Utf8Prefix::kInvalid;
  if (lead < 0xc2 || lead > 0xf4) return Utf8Prefix::kInvalid;
  const size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (bytes.size() > length) return Utf8Prefix::kInvalid;
  for (size_t i = 1; i < bytes.size(); ++i) {
    // The second byte has narrower bounds behind four leads: overlong forms, surrogates, beyond U+10FFFF.
    const uint8_t low = i == 1 && lead == 0xe0 ? 0xa0 : i == 1 && lead == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = i == 1 && lead == 0xed ? 0x9f : i == 1 && lead == 0xf4 ? 0x8f : 0xbf;
    if (at(i) < low || at(i) > high) return Utf8Prefix::kInvalid;
  }
  return bytes.size() == length ? Utf8Prefix::kWhole : Utf8Prefix::kIncomplete;
}

// Bytes of the first character of a non-empty text; 1 where it does not start with well-formed UTF-8.
inline size_t utf8_length(std::string_view text) {
  for (size_t n = 1; n <= 4 && n <= text.size(); ++n) {
    const Utf8Prefix prefix = utf8_prefix({text.data(), n});
    if (prefix == Utf8Prefix::kWhole) return n;
    if (prefix == Utf8Prefix::kInvalid) break;
  }
  return 1;
}

}  // namespace thimble
