// A place that a model can be brought to. Until keep(), whoever looks there finds what was there before, or nothing
// that passes for a model; other places are never touched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/status.h"

namespace thimble::update {

class ModelStore {
 public:
  // As lists of models name it.
  virtual const char* name() const = 0;

  // So many bytes will come. Nothing is changed yet. Errors: there is no such place, or too little room.
  virtual Status begin(uint64_t bytes) = 0;

  // The next bytes; the first ones are a header that was found good, whole. Errors: those of the medium.
  virtual Status append(std::span<const std::byte> bytes) = 0;

  // Checks what came since the last time, as it lies there. *whole: all has come, and all of it was checked. Errors:
  // those of a model (docs/FORMAT.md), and of the medium.
  virtual Status check(bool* whole) = 0;

  // All has come and is good: from now on it counts. Errors: those of the medium.
  virtual Status keep() = 0;

  // It does not count, and its place is free again, as far as the medium lets it. Also before any append().
  virtual void discard() = 0;

 protected:
  ~ModelStore() = default;
};

}  // namespace thimble::update
