// Products of 32-bit words, and their upper words.
#pragma once

#include <cstdint>

namespace thimble {

// The upper word of the 64-bit product, rounded down; both factors with a sign, or none. THIMBLE_NO_MUL_HIGH: for
// processors without an instruction for it (the emulated Xtensa; every ESP32 has one), where a 64-bit product is a call
// of a library.
#if defined(THIMBLE_NO_MUL_HIGH)
inline int32_t mul_high(int32_t a, int32_t b) {
  const int32_t a_high = a >> 16;
  const int32_t b_high = b >> 16;
  const auto a_low = static_cast<int32_t>(a & 0xffff);
  const auto b_low = static_cast<int32_t>(b & 0xffff);
  const uint32_t low = static_cast<uint32_t>(a_low) * static_cast<uint32_t>(b_low) >> 16;
  const int32_t cross = a_high * b_low + static_cast<int32_t>(low);  // |.| < 2^31, and so the next
  const int32_t other = a_low * b_high + (cross & 0xffff);
  return a_high * b_high + (cross >> 16) + (other >> 16);
}
inline uint32_t mul_high_unsigned(uint32_t a, uint32_t b) {
  uint32_t low = (a & 0xffff) * (b & 0xffff) >> 16;
  asm("" : "+r"(low));                                    // or clang sees what this is, and calls the library again
  const uint32_t cross = (a >> 16) * (b & 0xffff) + low;  // < 2^32, and so the next
  const uint32_t other = (a & 0xffff) * (b >> 16) + (cross & 0xffff);
  return (a >> 16) * (b >> 16) + (cross >> 16) + (other >> 16);
}
inline uint64_t mul_wide_unsigned(uint32_t a, uint32_t b) { return uint64_t{mul_high_unsigned(a, b)} << 32 | a * b; }
#else
inline int32_t mul_high(int32_t a, int32_t b) { return static_cast<int32_t>(int64_t{a} * b >> 32); }
inline uint32_t mul_high_unsigned(uint32_t a, uint32_t b) { return static_cast<uint32_t>(uint64_t{a} * b >> 32); }
inline uint64_t mul_wide_unsigned(uint32_t a, uint32_t b) { return uint64_t{a} * b; }
#endif

// The whole product, put together from the upper word and the lower.
inline int64_t mul_wide(int32_t a, int32_t b) {
  const uint32_t low = static_cast<uint32_t>(a) * static_cast<uint32_t>(b);
  return int64_t{mul_high(a, b)} << 32 | low;
}

}  // namespace thimble
