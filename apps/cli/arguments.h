// The command line. The only user of CLI11.
#pragma once

#include "apps/cli/options.h"

namespace thimble::cli {

// Throws UsageError.
Request parse_arguments(int argc, const char* const* argv);

}  // namespace thimble::cli
