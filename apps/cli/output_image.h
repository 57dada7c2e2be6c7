// The image of a model on its way into a file.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ports/host/file.h"
#include "tools/convert/convert.h"

namespace thimble::cli {

// Made in the file itself, so that it may be larger than memory; on the heap where the file is a pipe or a device, or
// something else is to be written there.
class OutputImage {
 public:
  // `in_place`: false for the heap. The file must outlive this.
  OutputImage(host::AtomicFile* file, bool in_place) : file_(file), in_place_(in_place && file->is_regular()) {}

  // For tools::convert_into; once.
  tools::ImageMemory memory();
  std::span<const std::byte> bytes() const { return bytes_; }
  // Brings the bytes into the file, unless they are there. Throws host::Error.
  void write();

 private:
  host::AtomicFile* file_;
  bool in_place_;
  tools::ImageBytes heap_;
  std::span<std::byte> bytes_;
};

}  // namespace thimble::cli
