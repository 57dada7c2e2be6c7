// One function per command. They return the exit code, and throw what main.cpp turns into one line.
#pragma once

#include "apps/cli/options.h"

namespace thimble::cli {

int run(const RunOptions& options);
int chat(const ChatOptions& options);
int convert(const ConvertCommandOptions& options);
int inspect(const InspectOptions& options);
int tokenize(const TokenizeOptions& options);
int eval(const EvalOptions& options);
int selftest(const SelftestOptions& options);

}  // namespace thimble::cli
