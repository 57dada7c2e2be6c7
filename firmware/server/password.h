// The key of the API, as the program keeps it: hashed, in flash.
#pragma once

#include <string_view>

namespace thimble::web {

class Password {
 public:
  // Whether one is asked for.
  virtual bool is_set() const = 0;
  // Whether `given` is it, in a time that says nothing about it. Called for each request that needs a key, so it must
  // be short; not asked where none is set.
  virtual bool matches(std::string_view given) const = 0;

 protected:
  ~Password() = default;
};

}  // namespace thimble::web
