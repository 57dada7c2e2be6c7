// How long a run took and how much memory it used, in plain lines for stderr.
#pragma once

#include <cstddef>

#include "thimble/generator.h"
#include "thimble/plan.h"

namespace thimble::cli {

struct Timings {
  double load_seconds = 0;
  double prompt_seconds = 0;    // reading all but the last token of the prompt
  double generate_seconds = 0;  // from there to the last token
  size_t prompt_tokens = 0;
  size_t generated_tokens = 0;
};

void write_summary(const Timings& timings, const Plan& plan, FinishReason reason);

}  // namespace thimble::cli
