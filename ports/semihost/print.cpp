#include "ports/semihost/print.h"

#include "ports/semihost/semihost.h"

namespace thimble::semihost {

void print(std::string_view text) { write(text); }

void print(uint64_t number) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  print(std::string_view(digits + at, sizeof digits - at));
}

void print_hex64(uint64_t number) {
  char digits[16];
  for (unsigned i = 0; i < sizeof digits; ++i) digits[i] = "0123456789abcdef"[number >> (60 - 4 * i) & 15];
  print(std::string_view(digits, sizeof digits));
}

void print_escaped(std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      print("\\n");
    } else if (c == '\\') {
      print("\\\\");
    } else {
      print(std::string_view(&c, 1));
    }
  }
}

}  // namespace thimble::semihost
