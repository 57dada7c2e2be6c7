#include "engine/wide.h"

#include <bit>
#include <cstring>

namespace thimble {
namespace {

constexpr uint32_t kMantissaBits = 23;
constexpr uint32_t kMagnitude = 0x7fffffff;
constexpr uint32_t kLargest = 0x7f7fffff;  // the largest finite float
constexpr uint32_t kInfinity = 0x7f800000;
constexpr uint32_t kNormal = 0x00800000;  // the least normal float

// The size of a float as bits, with the replacements of wide.h.
uint32_t finite_magnitude(uint32_t bits) {
  const uint32_t size = bits & kMagnitude;
  if (size > kInfinity || size < kNormal) return 0;
  return size > kLargest ? kLargest : size;
}

// The mantissa of a normal float of this size, its leading one at bit 29 - `below`.
uint32_t aligned_mantissa(uint32_t size, uint32_t below) {
  if (size == 0 || below > 29) return 0;
  return (((size & (kNormal - 1)) | kNormal) << 6) >> below;
}

uint32_t with_sign(uint32_t size, uint32_t bits) { return (bits & ~kMagnitude) != 0 ? 0u - size : size; }

uint32_t load_word(const void* numbers, size_t i) {
  uint32_t word = 0;
  std::memcpy(&word, static_cast<const std::byte*>(numbers) + i * sizeof word, sizeof word);
  return word;
}

void store_word(void* numbers, size_t i, uint32_t word) {
  std::memcpy(static_cast<std::byte*>(numbers) + i * sizeof word, &word, sizeof word);
}

}  // namespace

Scale wide_from_f32(void* numbers, size_t n) {
  uint32_t largest = 0;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t size = finite_magnitude(load_word(numbers, i));
    if (size > largest) largest = size;
  }
  const uint32_t field = largest >> kMantissaBits;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t bits = load_word(numbers, i);
    const uint32_t size = finite_magnitude(bits);
    store_word(numbers, i, with_sign(aligned_mantissa(size, field - (size >> kMantissaBits)), bits));
  }
  // The largest has its leading one, worth 2^(field - 127), at bit 29.
  return largest == 0 ? Scale{} : make_scale(1, static_cast<int32_t>(field) - 127 - 29);
}

void f32_from_wide(void* numbers, size_t n, Scale scale) {
  const float factor = f32_from_scale(scale);
  for (size_t i = 0; i < n; ++i) {
    const auto x = static_cast<float>(static_cast<int32_t>(load_word(numbers, i)));
    store_word(numbers, i, std::bit_cast<uint32_t>(x * factor));
  }
}

int32_t q30_from_f32(float x) {
  constexpr uint32_t kOne = 127;  // exponent field of 1
  const auto bits = std::bit_cast<uint32_t>(x);
  const uint32_t size = finite_magnitude(bits);
  if (size >= kOne << kMantissaBits) return static_cast<int32_t>(with_sign(1u << 30, bits));
  // below 1: a leading one at bit 29 is worth 1/2
  return static_cast<int32_t>(with_sign(aligned_mantissa(size, kOne - 1 - (size >> kMantissaBits)), bits));
}

}  // namespace thimble
