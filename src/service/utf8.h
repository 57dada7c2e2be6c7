// Well-formed UTF-8, one character at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thimble::service {

inline constexpr size_t kLongestCharacter = 4;  // bytes

// Bytes of the character that `text` begins with; 0 when it begins with none (or is empty).
size_t utf8_character(std::string_view text);

bool is_utf8(std::string_view text);

// Bytes of the longest beginning of `text`, which is UTF-8, that takes at most `most` bytes and splits no character.
size_t whole_characters(std::string_view text, size_t most);

// Writes a code point up to U+10FFFF, 4 bytes at most; a surrogate becomes U+FFFD. Returns the bytes written.
size_t put_utf8(char* out, uint32_t code_point);

}  // namespace thimble::service
