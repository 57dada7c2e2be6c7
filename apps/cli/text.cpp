#include "apps/cli/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace thimble::cli {
namespace {

struct Suffix {
  std::string_view name;
  double factor;
};
constexpr std::array kSuffixes = {Suffix{"", 1},          Suffix{"k", 1e3},      Suffix{"K", 1e3},
                                  Suffix{"M", 1e6},       Suffix{"G", 1e9},      Suffix{"Ki", 1u << 10},
                                  Suffix{"Mi", 1u << 20}, Suffix{"Gi", 1u << 30}};

constexpr double kMostCounted = 9007199254740992;  // 2^53

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The character that `letter` stands for behind a backslash, or -1.
int escaped_character(char letter) {
  switch (letter) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case '\\':
    case '"':
    case '\'':
      return letter;
    default:
      return -1;
  }
}

}  // namespace

std::string format(const char* pattern, ...) {
  std::array<char, 512> buffer;
  va_list arguments;
  va_start(arguments, pattern);
  const int length = std::vsnprintf(buffer.data(), buffer.size(), pattern, arguments);
  va_end(arguments);
  if (length < 0) return {};
  return {buffer.data(), std::min(static_cast<size_t>(length), buffer.size() - 1)};
}

std::string format_bytes(uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes) / 1024;
  const char* unit = "KiB";
  for (const char* next : {"MiB", "GiB"}) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return format("%.1f %s", value, unit);
}

std::string format_seconds(double seconds) {
  if (seconds < 0.001) return format("%.0f us", 1e6 * seconds);
  return seconds < 1 ? format("%.1f ms", 1000 * seconds) : format("%.2f s", seconds);
}

std::string format_rate(double count, double seconds) {
  if (seconds <= 0) return "-";
  const double rate = count / seconds;
  return format(rate < 100 ? "%.1f tok/s" : "%.0f tok/s", rate);
}

std::optional<double> real_number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return std::nullopt;
  return value;
}

std::optional<int64_t> whole_amount(const std::string& text) {
  char* end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  std::string_view rest = end;
  if (end == text.c_str()) return std::nullopt;
  if (rest.ends_with('B')) rest.remove_suffix(1);
  for (const Suffix& suffix : kSuffixes) {
    if (rest != suffix.name) continue;
    value *= suffix.factor;
    // NaN is not at most anything.
    if (!(std::fabs(value) <= kMostCounted) || value != std::floor(value)) return std::nullopt;
    return static_cast<int64_t>(value);
  }
  return std::nullopt;
}

std::string visible(std::string_view text, bool keep_layout) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool layout = keep_layout && (c == '\n' || c == '\t');
    if (c == 0x7f || (c < 0x20 && !layout)) {
      out += '^';
      out += static_cast<char>(c ^ 0x40);
    } else if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      out += "\xef\xbf\xbd";  // U+0080..U+009F are control characters too
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const int plain = text[i] == '\\' ? escaped_character(next) : -1;
    if (plain >= 0) {
      out += static_cast<char>(plain);
      ++i;
    } else if (text[i] == '\\' && next == 'x' && i + 3 < text.size() && hex_digit(text[i + 2]) >= 0 &&
               hex_digit(text[i + 3]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 2]) * 16 + hex_digit(text[i + 3]));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string_view strip(std::string_view text) {
  constexpr const char* kSpace = " \t\r\n\v\f";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string file_name(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path;
  const size_t slash = path.find_last_of('/', end);
  return path.substr(slash + 1, end - slash);
}

}  // namespace thimble::cli
