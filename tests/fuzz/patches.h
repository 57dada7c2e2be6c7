// Edits of a valid file that a fuzz input spells out: the fuzzer gets behind checks that random bytes never pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace thimble::testing {

// Applies edits of three bytes each, u16 position and u8 value, little-endian. Positions wrap at the end.
inline void apply_patches(std::span<const uint8_t> edits, std::span<std::byte> file) {
  if (file.empty()) return;
  for (size_t i = 0; i + 3 <= edits.size(); i += 3) {
    const size_t at = edits[i] | static_cast<size_t>(edits[i + 1]) << 8;
    file[at % file.size()] = static_cast<std::byte>(edits[i + 2]);
  }
}

}  // namespace thimble::testing
