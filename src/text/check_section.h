// Validation of a whole vocabulary section.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/status.h"

namespace thimble {

// Holds every bit of the section against docs/FORMAT.md, in time linear in its size. When this is ok, a walk from any
// entry of its tables stays inside it, and a lookup reads at most vocab::kMaxBucketRecords records.
Status check_section(std::span<const std::byte> section, uint32_t vocab_size);

}  // namespace thimble
