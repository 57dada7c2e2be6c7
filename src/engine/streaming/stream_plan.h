// What a plan needs for weights that are streamed: buffers for two pieces of the file, and the part that stays in
// memory.
#pragma once

#include "engine/block_allocator.h"
#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/plan.h"

namespace thimble {

inline constexpr uint32_t kMostStreamBytes = 1u << 20;

// The size of the pieces where nobody asked for one. A read costs a card 0.3 ms before its first byte, in which 17 MB/s
// are 5 kB: a piece of 128 KiB loses 4 % to that, one of 16 KiB a quarter.
inline constexpr uint32_t kUsualStreamBytes = 131072;

// Sizes the buffers for pieces of `stream_bytes`; for a model that is to be in memory as a whole only one, to read the
// file with. A model whose image is in memory needs none.
void size_stream_buffers(const Model& model, uint32_t stream_bytes, bool all_in_memory, Plan* plan);

// Fills what the buffers have left of all blocks.
void place_runs(const Model& model, const MemoryLayout& memory, const BlockAllocator& blocks, Plan* plan);

}  // namespace thimble
