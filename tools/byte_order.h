// For telling files of big-endian machines from damaged ones.
#pragma once

#include <cstdint>

namespace thimble::tools {

constexpr uint32_t swapped(uint32_t v) { return v >> 24 | (v >> 8 & 0x0000ff00) | (v << 8 & 0x00ff0000) | v << 24; }

}  // namespace thimble::tools
