// The plan that a program makes for a board, and what to change about a model that does not fit.
#pragma once

#include <string>
#include <vector>

#include "thimble/model.h"
#include "thimble/plan.h"
#include "tools/plan/hardware.h"

namespace thimble::tools {

struct PlanWishes {
  uint32_t context = 0;  // 0: the model's, or as much as finds room
  uint32_t batch = 0;    // tokens a sweep of a prompt; 0: as the storyteller chooses
  KvType kv_type = KvType::kDefault;
};

// What the storyteller does there: the largest context, and then the largest sweep, that find room: prompts are read
// faster with more tokens a sweep, but weights in fast memory serve every token. Weights are copied into internal
// memory and PSRAM as far as these go. Without room plan.status says what is missing.
Plan fit_plan(const Model& model, const Hardware& hardware, const PlanWishes& wishes);

// What would make a model run there whose file or whose buffers find no room. `file`: the model as a whole; `model`: as
// `plan` was made for it, which may be its tables alone.
std::vector<std::string> remedies_for(const Model& file, const Model& model, const Hardware& hardware,
                                      const Plan& plan);

}  // namespace thimble::tools
