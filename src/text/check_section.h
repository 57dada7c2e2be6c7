// Validation of a whole vocabulary section.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/tokenizer.h"

namespace thimble {

class SectionWalk;  // src/text/streamed/section_walk.h

// Holds every bit of the section against docs/FORMAT.md, in time linear in its size. When this is ok, a walk from any
// entry of its tables stays inside it, and a lookup reads at most vocab::kMaxBucketRecords records.
Status check_section(std::span<const std::byte> section, uint32_t vocab_size, PieceSummary* summary);

// The same for a section that is not in memory. Further errors: kLimit (bytes of bucket: more than a lookup reads);
// those of the reader. Where several things are wrong, and the offsets did not find room all at once, another one may
// be named.
Status check_section(SectionWalk* walk, uint32_t vocab_size, PieceSummary* summary);

}  // namespace thimble
