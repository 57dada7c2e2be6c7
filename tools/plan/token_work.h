// What a model's tokens take, part by part: cycles of each stage, and bytes that come from outside of fast memory.
#pragma once

#include <array>
#include <vector>

#include "thimble/model.h"
#include "thimble/plan.h"
#include "tools/plan/cost_model.h"
#include "tools/plan/kernel_costs.h"

namespace thimble::tools {

// Where the bytes of a tensor are when a token needs them, by Medium. `elsewhere`: of what the plan leaves in the file.
std::array<uint64_t, kMediumCount> homes_of(const Plan& plan, const Model& model, uint32_t tensor, Medium elsewhere);

// One sweep of the weights.
struct Sweep {
  uint32_t tokens = 1;   // that it serves
  double positions = 1;  // that attention looks back on, the token's own included; a mean
  bool logits = true;    // whether somebody asked for them, of the last token
  Medium elsewhere = Medium::kFlash;
};

std::vector<Work> sweep_work(const Model& model, const Plan& plan, const KernelCosts& costs, const Sweep& sweep);

}  // namespace thimble::tools
