// What the first bytes of a file tell.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace thimble::tools {

inline bool starts_with(std::span<const std::byte> bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() && std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

// Half of the magic: the other half shows transfers that change bytes, which opening the file names.
inline bool is_thm(std::span<const std::byte> bytes) { return starts_with(bytes, "\x89THM"); }

// Only bytes that text has. A binary header never looks so: its small integers hold zero bytes.
inline bool is_text(std::span<const std::byte> bytes) {
  constexpr size_t kLook = 512;
  constexpr size_t kFewest = 8;  // below that, too little to judge by
  return bytes.size() >= kFewest && std::ranges::all_of(bytes.first(std::min(bytes.size(), kLook)), [](std::byte b) {
           const auto c = static_cast<uint8_t>(b);
           return (c >= 0x20 && c != 0x7f) || (c >= '\t' && c <= '\r');
         });
}

// A number in the other byte order, for telling files of big-endian machines from damaged ones.
constexpr uint32_t swapped(uint32_t v) { return v >> 24 | (v >> 8 & 0x0000ff00) | (v << 8 & 0x00ff0000) | v << 24; }

}  // namespace thimble::tools
