// The command line. CLI11 is seen by arguments.cpp and reference/command_table.cpp alone.
#pragma once

#include "apps/cli/options.h"

namespace thimble::cli {

// Throws UsageError.
Request parse_arguments(int argc, const char* const* argv);

}  // namespace thimble::cli
