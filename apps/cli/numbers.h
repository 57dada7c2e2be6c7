// Numbers as people type them.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

namespace thimble::cli {

// A number in C's notation and nothing behind it; NaN and infinity included.
std::optional<double> real_number(const std::string& text);

// A whole number in digits, or as a size is said: 1e3, 1.5k, 64Ki. k, M and G are powers of 1000; Ki, Mi and Gi are
// powers of 1024; a B may follow. Up to 2^53, where a double still counts.
std::optional<int64_t> whole_amount(const std::string& text);

// A whole number in digits that fits the type.
template <class Number>
std::optional<Number> whole_number(const std::string& text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace thimble::cli
