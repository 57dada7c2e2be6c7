#include "tools/import/content.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"
#include "format/layout.h"
#include "tools/byte_order.h"
#include "tools/import/llama2c_header.h"

namespace thimble::tools {
namespace {

bool starts_with(std::span<const std::byte> bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() && std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

// safetensors: u64 length of a JSON header, then the header itself, which opens with a brace.
bool is_safetensors(std::span<const std::byte> bytes) {
  return bytes.size() > 8 && load_u64(bytes.data()) < (uint64_t{1} << 32) && bytes[8] == std::byte{'{'};
}

// Only bytes that text has. A checkpoint never looks so: the small integers of its header hold zero bytes.
bool is_text(std::span<const std::byte> bytes) {
  constexpr size_t kLook = 512;
  constexpr size_t kFewest = 8;  // below that, too little to judge by
  return bytes.size() >= kFewest && std::ranges::all_of(bytes.first(std::min(bytes.size(), kLook)), [](std::byte b) {
           const auto c = static_cast<uint8_t>(b);
           return (c >= 0x20 && c != 0x7f) || (c >= '\t' && c <= '\r');
         });
}

// The numbers of the header as a machine of the other byte order writes them.
bool is_big_endian_llama2c(std::span<const std::byte> bytes) {
  if (bytes.size() < kLegacyHeaderBytes) return false;
  std::array<std::byte, kLegacyHeaderBytes> header;
  for (size_t at = 0; at < header.size(); at += 4) store_u32(header.data() + at, swapped(load_u32(bytes.data() + at)));
  return looks_like_llama2c(header);
}

}  // namespace

const char* describe_content(std::span<const std::byte> bytes) {
  const std::string_view thm(reinterpret_cast<const char*>(format::kMagic.data()), format::kMagic.size());
  if (bytes.empty()) return "an empty file";
  if (starts_with(bytes, thm)) return "a .thm file, which needs no conversion";
  if (starts_with(bytes, "MHT\x89") || starts_with(bytes, "T\x89MH"))
    return "a .thm file with its bytes swapped in words";
  if (is_big_endian_llama2c(bytes)) return "a big-endian llama2.c checkpoint";
  if (starts_with(bytes, "GGUF")) return "a GGUF file";
  if (starts_with(bytes, "PK\x03\x04")) return "a zip archive (PyTorch checkpoints are such)";
  if (starts_with(bytes, "\x1f\x8b")) return "a gzip archive";
  if (starts_with(bytes, "\x80\x02")) return "a Python pickle";
  if (is_safetensors(bytes)) return "a safetensors file";
  if (is_text(bytes)) return "a text file";
  return nullptr;
}

}  // namespace thimble::tools
