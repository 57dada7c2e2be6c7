#include "thimble/status.h"

#include <array>

namespace thimble {
namespace {

// By Code.
constexpr std::array<const char*, kCodeCount> kTexts = {
    "ok",
    "truncated",
    "not a .thm file",
    "newer format version",
    "older format version",
    "corrupt",
    "malformed",
    "unsupported",
    "over the limit",
    "not a finite number",
    "invalid argument",
    "mismatch",
    "out of memory",
    "context full",
    "no such token",
    "text too long",
    "not ready",
    "unsuitable floating-point arithmetic",
    "read failed",
    "cancelled",
};

// Appends to a caller's buffer and silently stops at its end, one byte before which is kept for the NUL. Not inlined:
// an error message is no place for speed, and a chip's flash is small.
class Writer {
 public:
  explicit Writer(std::span<char> out) : out_(out) {}

  [[gnu::noinline]] Writer& text(const char* s) {
    for (; *s != '\0'; ++s) put(*s);
    return *this;
  }
  [[gnu::noinline]] Writer& number(uint64_t n) {
    std::array<char, 20> digits;  // 2^64 has 20
    size_t count = 0;
    do {
      digits[count++] = static_cast<char>('0' + n % 10);
      n /= 10;
    } while (n != 0);
    while (count > 0) put(digits[--count]);
    return *this;
  }
  std::string_view finish() {
    out_[length_] = '\0';
    return {out_.data(), length_};
  }

 private:
  void put(char c) {
    if (length_ + 1 < out_.size()) out_[length_++] = c;
  }

  std::span<char> out_;
  size_t length_ = 0;
};

}  // namespace

const char* status_text(Code code) {
  const auto i = static_cast<size_t>(code);
  return i < kTexts.size() ? kTexts[i] : "unknown error";
}

std::string_view format_status(const Status& status, std::span<char> out) {
  if (out.empty()) return {};
  Writer writer(out);
  writer.text(status_text(status.code()));
  if (status.subject()[0] != '\0') writer.text(": ").text(status.subject());
  if (status.index() >= 0) writer.text(" ").number(static_cast<uint64_t>(status.index()));
  if (status.has_values()) {
    writer.text(": found ").number(status.found());
    writer.text(status.at_most() ? ", at most " : ", expected ").number(status.expected());
  }
  return writer.finish();
}

}  // namespace thimble
