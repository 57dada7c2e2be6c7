// A desktop plays a chip: memory in pieces and of two kinds, about as an ESP32-S3 with PSRAM has it, so that programs
// meet here what they will meet there.

#include <array>

#include "ports/port.h"

namespace thimble::port {
namespace {

alignas(kBlockAlignment) std::array<std::byte, 256 * 1024> fast;
alignas(kBlockAlignment) std::array<std::byte, 64 * 1024> more_fast;
alignas(kBlockAlignment) std::array<std::byte, 8 * 1024 * 1024> bulk;

const std::array<MemoryPiece, 3> pieces = {{{Region::kFast, fast}, {Region::kFast, more_fast}, {Region::kBulk, bulk}}};

}  // namespace

std::span<const MemoryPiece> memory_pieces() { return pieces; }

}  // namespace thimble::port
