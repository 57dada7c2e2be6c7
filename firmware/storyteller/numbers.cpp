#include "firmware/storyteller/numbers.h"

#include <algorithm>

#include "ports/port.h"

namespace thimble::storyteller {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Digits decimal(uint64_t value, uint32_t places) {
  Digits digits;
  for (uint32_t i = 0; i < places || i == places || value != 0; ++i) {
    if (i == places && places > 0) digits.put('.');
    digits.put(static_cast<char>('0' + value % 10));
    value /= 10;
  }
  return digits;
}

Digits hex(uint64_t value) {
  Digits digits;
  for (uint32_t i = 0; i < 16; ++i, value >>= 4) digits.put("0123456789abcdef"[value & 15]);
  return digits;
}

std::optional<float> parse_decimal(std::string_view text) {
  constexpr uint32_t kMost = 10'000'000;  // seven digits, and powers of ten so far, are floats without a rounding
  uint32_t value = 0;
  uint32_t scale = 0;  // 0: in front of the point
  size_t digits = 0;
  for (const char c : text) {
    if (c == '.' && scale == 0) {
      scale = 1;
      continue;
    }
    if (!is_digit(c) || value >= kMost / 10 || scale == kMost) return std::nullopt;
    value = 10 * value + static_cast<uint32_t>(c - '0');
    scale *= 10;
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  return static_cast<float>(value) / static_cast<float>(std::max<uint32_t>(scale, 1));
}

std::optional<uint64_t> parse_whole(std::string_view text) {
  uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
    value = 10 * value + digit;
  }
  if (text.empty()) return std::nullopt;
  return value;
}

Digits thousandths(float value) { return decimal(static_cast<uint32_t>(value * 1000 + 0.5f), 3); }

uint64_t hundredths_per_second(uint64_t count, uint64_t ticks) {
  return 100 * count * port::ticks_per_second() / std::max<uint64_t>(ticks, 1);
}

uint64_t hundredths_of_second(uint64_t ticks) { return 100 * ticks / port::ticks_per_second(); }

}  // namespace thimble::storyteller
