// Writing to partitions of the flash, and reading them in place. Called from one task at a time, whichever; flash that
// is written or erased stands still for everybody who reads from it, a twentieth of a second for a sector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/status.h"

namespace thimble::port {

inline constexpr size_t kFlashSectorBytes = 4096;

struct FlashPartition {
  uint64_t bytes = 0;   // 0: there is none
  intptr_t handle = 0;  // the port's
};

// The partition of that label. Errors: kReadFailed (subject "partition": there is none).
Result<FlashPartition> find_flash(const char* label);

// Erased, all bytes are 0xff. Offset and size are multiples of a sector, inside the partition. Errors: kReadFailed
// (subject "flash": it did not take it).
Status erase_flash(const FlashPartition& partition, uint64_t offset, uint64_t bytes);

// Into bytes that are erased, inside the partition. Errors: as erase_flash() has them.
Status write_flash(const FlashPartition& partition, uint64_t offset, std::span<const std::byte> bytes);

// A partition's first bytes in place, on a multiple of 64, which show what is written to it.
struct FlashMapping {
  std::span<const std::byte> bytes;
  uint32_t handle = 0;  // the port's
};

// Errors: kOutOfMemory (subject "window of the flash": too little of the chip's window for mapped flash is left).
Status map_flash(const FlashPartition& partition, uint64_t bytes, FlashMapping* mapping);
// One that is empty stays so.
void unmap_flash(FlashMapping* mapping);

}  // namespace thimble::port
