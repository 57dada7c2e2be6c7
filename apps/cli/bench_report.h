// What thimble bench found out, as tables and as the JSON of llama-bench.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/contestant.h"

namespace thimble::cli {

using Contestants = std::vector<std::unique_ptr<Contestant>>;

struct BenchResults {
  Contestants contestants;
  uint32_t threads = 1;
  std::map<uint64_t, double> ceilings;               // bytes a second of all threads, by bytes of a token
  std::map<const Contestant*, StageProfile> stages;  // of ours
};

// Markdown. Behind the other columns of ours, one for each other engine: how many times as fast as it we are in the
// same test.
std::string bench_table(const BenchResults& results);

// Markdown: microseconds of a token by stage, a column for each model of ours. Empty without profiles.
std::string stage_table(const BenchResults& results);

// bench_json.cpp.
std::string bench_json(const BenchResults& results);

}  // namespace thimble::cli
