// The plan of an engine, buffer by buffer.
#pragma once

#include <string>

#include "thimble/plan.h"

namespace thimble::cli {

// Lines "  BUFFER  BYTES", then the total; each ends with a newline.
std::string plan_table(const Plan& plan);

}  // namespace thimble::cli
