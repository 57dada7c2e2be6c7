// Text and numbers as one line, where there is no printf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ports/port.h"

namespace thimble::port {

// Made of its parts: text, numbers, a Status. What does not fit is cut.
class Line {
 public:
  template <class... Parts>
  explicit Line(const Parts&... parts) {
    (add(parts), ...);
  }

  std::string_view text() const { return {text_, bytes_}; }

 private:
  void add(std::string_view text);
  void add(uint64_t number);
  void add(const Status& status);

  static constexpr size_t kMostBytes = 200;
  char text_[kMostBytes];
  size_t bytes_ = 0;
};

// Text, text with a newline, a line for the log. Not inlined: a line takes more stack than its callers.
template <class... Parts>
[[gnu::noinline]] void print(const Parts&... parts) {
  write_text(Line(parts...).text());
}
template <class... Parts>
void print_line(const Parts&... parts) {
  print(parts..., "\n");
}
template <class... Parts>
[[gnu::noinline]] void log_line(const Parts&... parts) {
  log_line(Line(parts...).text());
}

}  // namespace thimble::port
