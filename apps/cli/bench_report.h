// What thimble bench found out, as a table and as the JSON of llama-bench.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/contestant.h"

namespace thimble::cli {

using Contestants = std::vector<std::unique_ptr<Contestant>>;

// Markdown. Behind the other columns of ours, one for each other engine: how many times as fast as it we are in the
// same test.
std::string bench_table(const Contestants& contestants, uint32_t threads);

std::string bench_json(const Contestants& contestants, uint32_t threads);

}  // namespace thimble::cli
