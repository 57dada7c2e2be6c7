// The types of weights as --type names them.
#pragma once

#include <string>

#include "apps/cli/output.h"
#include "tools/convert/convert.h"

namespace thimble::cli {

// For --help and the completions.
inline constexpr const char* kWeightTypeNames = "TYPE:{q8,q4,mixed,f16,f32}";

// By our names, and by those of llama.cpp for what comes near, which `notes` then says. Throws UsageError.
tools::WeightType parse_weight_type(const std::string& text, Notes* notes);

}  // namespace thimble::cli
