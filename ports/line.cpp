#include "ports/line.h"

namespace thimble::port {

void Line::add(std::string_view text) { bytes_ += text.copy(text_ + bytes_, kMostBytes - bytes_); }

void Line::add(uint64_t number) {
  char digits[20];  // 2^64 has 20
  size_t at = sizeof digits;
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  add(std::string_view(digits + at, sizeof digits - at));
}

void Line::add(const Status& status) {
  char text[160];
  add(format_status(status, text));
}

}  // namespace thimble::port
