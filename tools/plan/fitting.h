// The plan that a program makes for a board, and what to change about a model that does not fit.
#pragma once

#include <string>
#include <vector>

#include "thimble/model.h"
#include "thimble/plan.h"
#include "tools/plan/hardware.h"

namespace thimble::tools {

// The largest context, and then the largest sweep, that find room: whole prompts are read faster with more tokens a
// sweep, but weights that stay in memory serve every token. `context` 0: the model's, or as much as finds room. The
// weights are copied into internal memory and PSRAM as far as these go: what the storyteller does. Without room plan.status says what is missing.
Plan fit_plan(const Model& model, const Hardware& hardware, uint32_t context, KvType kv_type);

// What would make a model run there whose file or whose buffers find no room.
std::vector<std::string> remedies_for(const Model& model, const Hardware& hardware, const Plan& plan);

}  // namespace thimble::tools
