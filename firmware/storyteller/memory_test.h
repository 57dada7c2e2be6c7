// Whether memory holds what is written to it: cheap modules with bad PSRAM are common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace thimble::storyteller {

struct MemoryFault {
  size_t bad_reads = 0;             // of two for each word of 32 bits; 0: all is well
  const void* first_bad = nullptr;  // address of the first word that was not what had been written
};

// Writes a pattern that differs from word to word, reads it back, and does the same with its complement. What was there
// is lost. Yields as it goes. `bytes` starts on a multiple of 4.
MemoryFault test_memory(std::span<std::byte> bytes);

}  // namespace thimble::storyteller
