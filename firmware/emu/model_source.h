// Files of the host into memory: the model, and the prompt.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "firmware/emu/options.h"

namespace thimble::emu {

// The emulator's one piece of memory, handed out once and never taken back, each part on kBlockAlignment.
class FreeMemory {
 public:
  FreeMemory();
  // The next `bytes`, or less when less is left.
  std::span<std::byte> take(size_t bytes);

 private:
  std::span<std::byte> left_;
};

// The image of the model, read into `memory` or lying where the emulator put it. Errors: kReadFailed (no such file, or
// the reading broke off; got: bytes read, bytes of the file); kOutOfMemory.
Result<std::span<const std::byte>> find_model(const Options& options, FreeMemory* memory);

// The whole file, without one newline at its end, as `thimble run -f` takes it. Same errors.
Result<std::string_view> read_prompt(const char* path, FreeMemory* memory);

}  // namespace thimble::emu
