// How host tools refuse: one line that names the file, the field or tensor, what was found and what to do.
#pragma once

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace thimble::tools {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A number in a message: "1e-40", what std::to_string would print as 0.
inline std::string shown(double number) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%g", number);
  return text.data();
}

}  // namespace thimble::tools
