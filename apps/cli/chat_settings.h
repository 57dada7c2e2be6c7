// What /set changes and /show shows in a chat.
#pragma once

#include <string>
#include <string_view>

#include "apps/cli/options.h"
#include "thimble/sampler.h"

namespace thimble::cli {

// Obeys "temp 0.5", "parameter top_p 0.9", "seed 7", "n 100". Returns what to tell the user.
std::string apply_setting(std::string_view words, GenerationOptions* options);

std::string describe_settings(const SamplerParams& params, int64_t predict);

}  // namespace thimble::cli
