// What the memory and the caches of this machine give whoever only reads.
#pragma once

#include <cstdint>

namespace thimble::cli {

// The most bytes a second that one thread reads of a buffer of this size, on large pages where the system has them,
// over and over: what a model of so many bytes a token could be read at.
double measured_ceiling(uint64_t bytes);

}  // namespace thimble::cli
