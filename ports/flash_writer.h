// Writing to partitions of the flash. Called from one task at a time, whichever. What is mapped (ports/board.h) shows
// what was written. Flash that is written or erased stands still for everybody who reads from it: a twentieth of a
// second for a sector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ports/board.h"
#include "thimble/status.h"

namespace thimble::port {

inline constexpr size_t kFlashSectorBytes = 4096;

// Erased, all bytes are 0xff. Offset and size are multiples of a sector, inside the partition. Errors: kReadFailed
// (subject "flash": it did not take it).
Status erase_flash(const FlashPartition& partition, uint64_t offset, uint64_t bytes);

// Into bytes that are erased, inside the partition. Errors: as erase_flash() has them.
Status write_flash(const FlashPartition& partition, uint64_t offset, std::span<const std::byte> bytes);

}  // namespace thimble::port
