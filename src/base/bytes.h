// Little-endian reads and writes at any alignment, on any host byte order.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace thimble {

inline uint16_t load_u16(const std::byte* p) {
  return static_cast<uint16_t>(static_cast<uint16_t>(p[0]) | static_cast<uint16_t>(p[1]) << 8);
}
inline uint32_t load_u32(const std::byte* p) {
  return static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8 | static_cast<uint32_t>(p[2]) << 16 |
         static_cast<uint32_t>(p[3]) << 24;
}
inline uint64_t load_u64(const std::byte* p) {
  return static_cast<uint64_t>(load_u32(p)) | static_cast<uint64_t>(load_u32(p + 4)) << 32;
}
inline float load_f32(const std::byte* p) { return std::bit_cast<float>(load_u32(p)); }

inline void store_u16(std::byte* p, uint16_t v) {
  p[0] = static_cast<std::byte>(v);
  p[1] = static_cast<std::byte>(v >> 8);
}
inline void store_u32(std::byte* p, uint32_t v) {
  for (int i = 0; i < 4; ++i) p[i] = static_cast<std::byte>(v >> (8 * i));
}
inline void store_u64(std::byte* p, uint64_t v) {
  store_u32(p, static_cast<uint32_t>(v));
  store_u32(p + 4, static_cast<uint32_t>(v >> 32));
}
inline void store_f32(std::byte* p, float v) { store_u32(p, std::bit_cast<uint32_t>(v)); }

// A weight row is read in place as floats: only little-endian machines can do that.
static_assert(std::endian::native == std::endian::little, "Thimble reads weights in place: little-endian only");

}  // namespace thimble
