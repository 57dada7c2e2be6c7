// Numbers as people type and read them, where there is no printf and no strtod.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace thimble::storyteller {

// A number as text; a part of a port::Line.
class Digits {
 public:
  operator std::string_view() const { return {text_ + at_, sizeof text_ - at_}; }

 private:
  friend Digits decimal(uint64_t, uint32_t);
  friend Digits hex(uint64_t);
  void put(char digit) { text_[--at_] = digit; }

  char text_[24];
  size_t at_ = sizeof text_;
};

Digits decimal(uint64_t value, uint32_t places);  // `value` times 10^-places: decimal(5231, 2) is "52.31"
Digits hex(uint64_t value);                       // 16 digits

// "0.8", "12", ".5": seven digits at most besides leading zeros, so that the float is the nearest one. Nothing else may
// stand around them.
std::optional<float> parse_decimal(std::string_view text);
// Digits alone, below 2^64.
std::optional<uint64_t> parse_whole(std::string_view text);

// `value` rounded to thousandths, for reading. At least 0, at most 1000.
Digits thousandths(float value);

// `count` per second in hundredths, of something that took so many of port::ticks().
uint64_t hundredths_per_second(uint64_t count, uint64_t ticks);
// Hundredths of a second.
uint64_t hundredths_of_second(uint64_t ticks);

}  // namespace thimble::storyteller
