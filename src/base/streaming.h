// Models larger than memory, whose weights and vocabulary are read as they are needed: a part of the core that a
// program links or not, since most chips' models are mapped or fit. The option THIMBLE_STREAMING of CMake decides.
#pragma once

#include "thimble/weight_reader.h"

#ifndef THIMBLE_STREAMING
#define THIMBLE_STREAMING 0
#endif

namespace thimble {

inline constexpr bool kStreaming = THIMBLE_STREAMING != 0;

// A read that fails is made again twice: a card may need a moment, a bus may have had a glitch. Then its failure
// counts.
inline constexpr int kReadTries = 3;

inline Status read_with_retries(const WeightReader& reader, uint64_t offset, std::span<std::byte> out) {
  Status status;
  for (int i = 0; i < kReadTries; ++i) {
    status = reader.read(reader.context, offset, out);
    if (status.ok()) break;
  }
  return status;
}

}  // namespace thimble
