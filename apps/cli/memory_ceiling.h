// What the memory and the caches of this machine give whoever only reads.
#pragma once

#include <cstdint>

namespace thimble::cli {

// The most bytes a second that `threads` threads read of a buffer of this size, each its own part, on large pages where
// the system has them, over and over: what a model of so many bytes a token could be read at.
double measured_ceiling(uint64_t bytes, uint32_t threads);

}  // namespace thimble::cli
