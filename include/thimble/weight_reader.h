// How the core reads a model that is not in memory: from a card, a file, a flash chip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/status.h"

namespace thimble {

// Brings bytes of a model's file, which a program makes of what its port offers (begin_read and wait_read of
// ports/port.h). Any other Status than ok is a failed read, and is what the call of the core that needed it returns,
// after two more tries where weights are streamed; `out` may then hold anything. All are called on the thread that
// called the core.
struct WeightReader {
  // Fills `out` with the bytes from `offset` on, and returns when they are there. May be called while reads that
  // begin() began are under way.
  Status (*read)(void* context, uint64_t offset, std::span<std::byte> out) = nullptr;
  void* context = nullptr;
  // Begins the same and returns without waiting, where the medium can. `slot`, 0 or 1: which of two reads at a time;
  // `out` stays in place until wait() has returned. After an error nothing was begun. Null, together with wait: read()
  // serves all. Pieces of weights that are streamed are what a card reads without a copy: offset and length are
  // multiples of 512, but at the end of the file, and `out` starts on kBlockAlignment.
  Status (*begin)(void* context, uint32_t slot, uint64_t offset, std::span<std::byte> out) = nullptr;
  // Waits until what begin() began in this slot has ended, one way or the other; nobody writes to `out` from then on. A
  // medium that does not answer is to become an error by a deadline that the program sets.
  Status (*wait)(void* context, uint32_t slot) = nullptr;
};

// A section of the file that is read rather than held in memory.
struct SectionPlace {
  uint64_t offset = 0;  // of its first byte in the file
  uint64_t bytes = 0;
  uint32_t checksum = 0;  // of all of them
  uint32_t index = 0;     // in the table of sections
};

}  // namespace thimble
