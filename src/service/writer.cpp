#include "service/writer.h"

#include <cstring>

#include "service/decimal.h"
#include "service/utf8.h"

namespace thimble::service {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// One character of a JSON string as it is written; `buffer` holds six bytes.
std::string_view escape(std::string_view character, char* buffer) {
  const char c = character[0];
  const char* const short_form = c == '"'    ? "\\\""
                                 : c == '\\' ? "\\\\"
                                 : c == '\n' ? "\\n"
                                 : c == '\t' ? "\\t"
                                 : c == '\r' ? "\\r"
                                             : nullptr;
  if (short_form != nullptr) return {short_form, 2};
  if (static_cast<uint8_t>(c) >= 0x20) return character;
  std::memcpy(buffer, "\\u00", 4);
  buffer[4] = kHexDigits[c >> 4];
  buffer[5] = kHexDigits[c & 15];
  return {buffer, 6};
}

}  // namespace

Writer& Writer::text(std::string_view text) {
  ok_ = ok_ && text.size() <= out_.size() - size_;
  if (!ok_ || text.empty()) return *this;
  std::memcpy(out_.data() + size_, text.data(), text.size());
  size_ += text.size();
  return *this;
}

Writer& Writer::number(uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return text({digits + at, sizeof digits - at});
}

Writer& Writer::decimal(uint64_t value, unsigned places) {
  uint64_t unit = 1;
  for (; places > 0 && value % 10 == 0; --places) value /= 10;
  for (unsigned i = 0; i < places; ++i) unit *= 10;
  number(value / unit);
  if (places == 0) return *this;
  text(".");
  for (uint64_t rest = value % unit; unit > 1; rest %= unit) {
    unit /= 10;
    number(rest / unit);
  }
  return *this;
}

Writer& Writer::real(float value) {
  if (value < 0) text("-");
  return decimal(millionths(value), 6);
}

Writer& Writer::hex(uint64_t value) {
  char digits[16];
  for (size_t i = sizeof digits; i > 0; value >>= 4) digits[--i] = kHexDigits[value & 15];
  return text({digits, sizeof digits});
}

Writer& Writer::quoted(std::string_view string) {
  text("\"");
  const size_t taken = escaped(string, 1);
  ok_ = ok_ && taken == string.size();
  return text("\"");
}

size_t Writer::escaped(std::string_view string, size_t reserve) {
  size_t taken = 0;
  while (taken < string.size()) {
    const std::string_view rest(string.data() + taken, string.size() - taken);
    const size_t length = utf8_character(rest);
    char buffer[6];
    const std::string_view written = length == 0 ? kReplacement : escape({rest.data(), length}, buffer);
    if (!ok_ || size_ + written.size() + reserve > out_.size()) return taken;
    text(written);
    taken += length == 0 ? 1 : length;
  }
  return taken;
}

}  // namespace thimble::service
