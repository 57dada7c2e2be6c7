#include "apps/cli/plain_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "apps/cli/errors.h"
#include "apps/cli/text.h"
#include "ports/host/file.h"

namespace thimble::cli {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

struct Sign {
  std::string_view bytes;
  const char* encoding;  // as iconv calls it
};
// Byte-order marks; the longer ones first, since that of UTF-32LE begins like that of UTF-16LE.
constexpr std::array kMarks = {Sign{"\xFF\xFE\0\0"sv, "UTF-32"}, Sign{"\0\0\xFE\xFF"sv, "UTF-32"},
                               Sign{"\xFF\xFE"sv, "UTF-16"}, Sign{"\xFE\xFF"sv, "UTF-16"}};
// Which of four bytes are mostly zero in a text without a mark: its letters, at least, are low code points.
constexpr std::array kPatterns = {Sign{".0.0", "UTF-16LE"}, Sign{"0.0.", "UTF-16BE"}, Sign{".000", "UTF-32LE"},
                                  Sign{"000.", "UTF-32BE"}, Sign{"..00", "UTF-32LE"}, Sign{"00..", "UTF-32BE"}};

std::string pattern_of_zeros(std::string_view bytes) {
  std::array<size_t, 4> zeros{};
  for (size_t i = 0; i < bytes.size(); ++i) zeros[i % 4] += bytes[i] == '\0' ? 1u : 0u;
  std::string pattern;
  for (const size_t count : zeros) pattern += 8 * count > bytes.size() ? '0' : '.';  // more than half of a quarter
  return pattern;
}

// Null when the bytes may be UTF-8.
const char* foreign_encoding(std::string_view bytes) {
  for (const Sign& mark : kMarks) {
    if (bytes.starts_with(mark.bytes)) return mark.encoding;
  }
  const std::string pattern = pattern_of_zeros(bytes);
  for (const Sign& sign : kPatterns) {
    if (pattern == sign.bytes) return sign.encoding;
  }
  return nullptr;
}

void check_encoding(std::string_view bytes, const std::string& name) {
  if (const char* encoding = foreign_encoding(bytes)) {
    throw Failure(name + ": is text in " + encoding + ", not in UTF-8; convert it: iconv -f " + encoding + " -t UTF-8");
  }
  const size_t zero = bytes.find('\0');
  if (zero == std::string_view::npos) return;
  throw Failure(name + ": byte " + std::to_string(zero) + " is zero, which no text holds; name a text in UTF-8");
}

}  // namespace

std::string plain_text(std::string bytes, const std::string& name) {
  check_encoding(bytes, name);
  if (bytes.starts_with(kUtf8Mark)) bytes.erase(0, kUtf8Mark.size());
  size_t end = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') continue;
    bytes[end++] = bytes[i];
  }
  bytes.resize(end);
  return bytes;
}

std::string read_text_file(const std::string& path) {
  const host::MappedFile file(path);
  const auto* const text = reinterpret_cast<const char*>(file.bytes().data());
  return plain_text({text, file.bytes().size()}, path);
}

std::string read_text(const TextOptions& options) {
  if (options.prompt.has_value()) return options.escapes ? unescape(*options.prompt) : *options.prompt;
  std::string text;
  if (!options.file.empty() && options.file != "-") {
    text = read_text_file(options.file);
  } else if (options.file == "-" || !host::is_terminal(host::Stream::kIn)) {
    text = plain_text(host::read_all_stdin(), "standard input");
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace thimble::cli
