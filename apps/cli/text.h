// Small services on text: formatting, numbers as people type them, escapes, and what may be sent to a terminal.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace thimble::cli {

// printf into a string.
__attribute__((format(printf, 1, 2))) std::string format(const char* pattern, ...);

std::string format_bytes(uint64_t bytes);               // "1.2 MiB"
std::string format_seconds(double seconds);             // "12.3 ms", "4.56 s"
std::string format_rate(double count, double seconds);  // "1234 tok/s"

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

// Control characters in caret notation ("^[" for escape), so that a text can neither move the cursor nor change
// the terminal. Newline and tab pass when `keep_layout`.
std::string visible(std::string_view text, bool keep_layout);

// Turns \n \t \r \\ \" \' and \xNN into what they stand for; other backslashes stay.
std::string unescape(std::string_view text);

// Without white space at both ends.
std::string_view strip(std::string_view text);

// ASCII letters in lower case.
std::string lower_case(std::string text);

// The last component of a path.
std::string file_name(const std::string& path);

}  // namespace thimble::cli
