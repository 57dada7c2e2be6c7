// Lines for people and scripts, without printf.
#pragma once

#include <cstdint>
#include <string_view>

namespace thimble::semihost {

void print(std::string_view text);
void print(uint64_t number);
void print_hex64(uint64_t number);          // 16 digits
void print_escaped(std::string_view text);  // newlines and backslashes as \n and \\, so that text stays one line

// All arguments, and a newline.
template <class... Parts>
void print_line(const Parts&... parts) {
  (print(parts), ...);
  print("\n");
}

}  // namespace thimble::semihost
