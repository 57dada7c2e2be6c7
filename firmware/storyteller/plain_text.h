// Text of a model file, which anybody may have written, as it can stand in a line of the console and in JSON.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace thimble::storyteller {

class PlainText {
 public:
  // Cut to 48 bytes; what is not printable ASCII, a quote or a backslash becomes '?'.
  explicit PlainText(std::string_view text) : bytes_(std::min(text.size(), sizeof text_)) {
    std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bytes_), text_, [](char c) {
      const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
      return plain ? c : '?';
    });
  }
  operator std::string_view() const { return {text_, bytes_}; }

 private:
  char text_[48];
  size_t bytes_;
};

}  // namespace thimble::storyteller
