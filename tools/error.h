// How host tools refuse: one line that names the file, the field or tensor, what was found and what to do.
#pragma once

#include <stdexcept>
#include <string>

namespace thimble::tools {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace thimble::tools
