// A plan for a model in the memory there is: all of its context where that fits, else as much as does.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/plan.h"

namespace thimble::storyteller {

inline constexpr uint32_t kLeastContext = 32;  // tokens; a story that is shorter is none

// Weights go into fast memory, then into bulk memory; those of a file that find no room are streamed. Prompts are read
// in sweeps of kMaxBatch tokens, or of fewer where that leaves room for more of the weights, which every token needs,
// or for the whole context; then comes less context, down to kLeastContext (or the model's, where that is less).
// plan->status says why not even that.
void plan_for_memory(const Model& model, const MemoryLayout& memory, uint32_t workers, Plan* plan);

// Bytes that would do for it, in one piece, with kLeastContext.
size_t least_bytes(const Model& model, uint32_t workers);

}  // namespace thimble::storyteller
