#include "tools/vocabulary/byte_spelling.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "text/utf8.h"

namespace thimble::tools {
namespace {

// GPT-2's table: a byte that is a visible character of Latin-1 spells itself, the others are U+0100 and on, in order.
constexpr bool is_visible(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
}

constexpr int kCharacters = 0x144;

constexpr std::array<int16_t, kCharacters> kByteOf = [] {
  std::array<int16_t, kCharacters> bytes{};
  for (int16_t& byte : bytes) byte = -1;
  size_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    bytes[is_visible(byte) ? static_cast<size_t>(byte) : next++] = static_cast<int16_t>(byte);
  }
  return bytes;
}();

}  // namespace

std::optional<std::string> spelled_bytes(std::string_view spelled) {
  std::string bytes;
  while (!spelled.empty()) {
    const size_t length = utf8_length(spelled);
    const auto lead = static_cast<uint8_t>(spelled[0]);
    if (length > 2 || (length == 1 && lead >= 0x80)) return std::nullopt;
    const size_t character = length == 1 ? lead : (lead & 0x1fu) << 6 | (static_cast<uint8_t>(spelled[1]) & 0x3fu);
    if (character >= kByteOf.size() || kByteOf[character] < 0) return std::nullopt;
    bytes += static_cast<char>(kByteOf[character]);
    spelled.remove_prefix(length);
  }
  return bytes;
}

std::string spelling_of(std::string_view bytes) {
  std::string spelled;
  for (const char c : bytes) {
    const auto at = std::ranges::find(kByteOf, static_cast<uint8_t>(c));
    const auto character = static_cast<uint32_t>(at - kByteOf.begin());  // two bytes of UTF-8, or one
    if (character >= 0x80) spelled += static_cast<char>(0xc0 | character >> 6);
    spelled += static_cast<char>(character >= 0x80 ? 0x80 | (character & 0x3f) : character);
  }
  return spelled;
}

VocabularyPiece merged_piece(std::string_view spelled) {
  const auto text = spelled_bytes(spelled);
  if (!text) return {std::string(spelled), 0, PieceType::kUnused};
  return {*text, 0, text->size() == 1 ? PieceType::kByte : PieceType::kNormal};
}

}  // namespace thimble::tools
