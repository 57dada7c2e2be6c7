// Where the time of a token goes, by the stages that thimble plan has, too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/cli/model_source.h"
#include "thimble/plan.h"

namespace thimble::cli {

struct StageSeconds {
  std::string stage;
  double seconds = 0;  // a token
};

struct StageProfile {
  std::vector<StageSeconds> stages{};  // of no two the same; "engine" last: what lies between kernels
  double token_seconds = 0;            // a token that nobody measures, its choice included; the stages add up to it
  double calls = 0;                    // of kernels, a token
  double clock_seconds = 0;            // that looking at the clock takes once, which the stages are without
};

// Generates `tokens` tokens behind the first, on one thread: as always, and with a look at the clock before and after
// each kernel, in turns. Throws Failure.
StageProfile profile_stages(const LoadedModel& loaded, const PlanOptions& plan, uint32_t tokens);

}  // namespace thimble::cli
