// Whether memory holds what is written to it: cheap modules with bad PSRAM are common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace thimble::storyteller {

struct MemoryFault {
  size_t bad_words = 0;             // of 32 bits; 0: none found
  const void* first_bad = nullptr;  // its address
};

// Writes a pattern that differs from word to word, reads it back, and does the same with its complement. What was there
// is lost. Yields as it goes. `bytes` starts on a multiple of 4.
MemoryFault test_memory(std::span<std::byte> bytes);

}  // namespace thimble::storyteller
