#include "apps/cli/bench_report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "apps/cli/text.h"
#include "ports/host/process.h"
#include "thimble/thimble.hpp"

namespace thimble::cli {
namespace {

// The most bytes a second that one thread reads of a buffer that it reads over and over: what the caches and the memory
// of this machine give a model of that size.
double measured_ceiling(uint64_t bytes) {
  constexpr double kAtLeast = 0.02;  // seconds
  constexpr size_t kTries = 5;
  const std::vector<uint64_t> buffer(bytes / sizeof(uint64_t) + 8, 1);
  double best = 0;
  volatile uint64_t kept = 0;
  for (size_t i = 0; i < kTries; ++i) {
    const double start = host::monotonic_seconds();
    double seconds = 0;
    size_t rounds = 0;
    do {
      uint64_t sums[8] = {};
      for (size_t w = 0; w + 8 <= buffer.size(); w += 8) {
        for (size_t k = 0; k < 8; ++k) sums[k] += buffer[w + k];
      }
      kept = std::accumulate(std::begin(sums), std::end(sums), kept + 0);
      ++rounds;
      seconds = host::monotonic_seconds() - start;
    } while (seconds < kAtLeast);
    best = std::max(best, static_cast<double>(rounds * buffer.size() * sizeof(uint64_t)) / seconds);
  }
  return best;
}

// Gigabytes of weights that generating read in a second, and their share of the ceiling, as two cells. The ceiling is
// one thread's.
std::string reading_cells(const Contestant& who, const BenchTest& test, double ceiling) {
  if (test.generated == 0) return " | ";
  const double bytes = test.median() * static_cast<double>(who.token_bytes);
  return format("%.2f | ", bytes / 1e9) + (ceiling > 0 ? format("%.0f %%", 100 * bytes / ceiling) : "");
}

// How many times as fast as each of the others `who` is, a cell each.
std::string ratio_cells(const Contestant& who, const BenchTest& test, const Contestants& all) {
  std::string cells;
  for (const auto& other : all) {
    if (other->ours()) continue;
    cells += " ";
    for (const BenchTest& same : other->tests) {
      if (who.ours() && same.name() == test.name()) cells += format("%.2f x", test.median() / same.median());
    }
    cells += " |";
  }
  return cells;
}

}  // namespace

std::string bench_table(const Contestants& contestants, uint32_t threads) {
  std::string head = "| model | type | bytes/token | test | median t/s | best t/s | GB/s | of the ceiling |";
  std::string rule = "|---|---|---:|---|---:|---:|---:|---:|";
  for (const auto& other : contestants) {
    if (other->ours()) continue;
    head += " of " + other->name() + " |";
    rule += "---:|";
  }
  std::string table = head + "\n" + rule + "\n";
  std::map<uint64_t, double> ceilings;
  for (const auto& who : contestants) {
    if (threads == 1 && ceilings.count(who->token_bytes) == 0) {
      ceilings[who->token_bytes] = measured_ceiling(who->token_bytes);
    }
    for (const BenchTest& test : who->tests) {
      table += format("| %s | %s | %llu | %s | %.1f | %.1f | %s |", who->name().c_str(), who->types.c_str(),
                      static_cast<unsigned long long>(who->token_bytes), test.name().c_str(), test.median(),
                      test.best(), reading_cells(*who, test, ceilings[who->token_bytes]).c_str());
      table += ratio_cells(*who, test, contestants) + "\n";
    }
  }
  return table;
}

std::string bench_json(const Contestants& contestants, uint32_t threads) {
  auto all = nlohmann::ordered_json::array();
  for (const auto& who : contestants) {
    for (const BenchTest& test : who->tests) {
      const auto n = static_cast<double>(test.seconds.size());
      std::vector<double> samples_ns, samples_ts;
      for (const double s : test.seconds) {
        samples_ns.push_back(s * 1e9);
        samples_ts.push_back(test.rate(s));
      }
      all.push_back({{"engine", who->engine},
                     {"model_filename", who->path},
                     {"model_type", who->types},
                     {"model_size", who->bytes},
                     {"model_n_params", who->parameters},
                     {"bytes_per_token", who->token_bytes},
                     {"kernels", who->ours() ? kernels_name() : ""},
                     {"n_threads", threads},
                     {"n_prompt", test.prompt},
                     {"n_gen", test.generated},
                     {"avg_ns", std::accumulate(samples_ns.begin(), samples_ns.end(), 0.0) / n},
                     {"avg_ts", std::accumulate(samples_ts.begin(), samples_ts.end(), 0.0) / n},
                     {"median_ts", test.median()},
                     {"best_ts", test.best()},
                     {"samples_ns", samples_ns},
                     {"samples_ts", samples_ts}});
    }
  }
  return all.dump(2) + "\n";
}

}  // namespace thimble::cli
