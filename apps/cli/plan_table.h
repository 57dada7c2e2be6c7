// The plan of an engine, buffer by buffer.
#pragma once

#include <string>

#include "thimble/plan.h"

namespace thimble::cli {

// Lines "  BUFFER  BYTES", then the total; each ends with a newline.
std::string plan_table(const Plan& plan);

// What a plan with WeightHome::kFast puts into fast memory, and what it leaves in place.
std::string placement_table(const Plan& plan, const Model& model);

}  // namespace thimble::cli
