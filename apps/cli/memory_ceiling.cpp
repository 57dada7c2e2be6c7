#include "apps/cli/memory_ceiling.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <span>

#include "ports/host/large_memory.h"
#include "ports/host/process.h"

namespace thimble::cli {

double measured_ceiling(uint64_t bytes) {
  constexpr double kAtLeast = 0.02;  // seconds
  constexpr size_t kTries = 5;
  const size_t words = bytes / sizeof(uint64_t) + 8;
  host::LargeMemory memory(words * sizeof(uint64_t), "a loop that reads");
  const std::span buffer(reinterpret_cast<uint64_t*>(memory.span().data()), words);
  std::ranges::fill(buffer, 1);
  double best = 0;
  volatile uint64_t kept = 0;
  for (size_t i = 0; i < kTries; ++i) {
    const double start = host::monotonic_seconds();
    double seconds = 0;
    size_t rounds = 0;
    do {
      uint64_t sums[8] = {};
      for (size_t w = 0; w + 8 <= words; w += 8) {
        for (size_t k = 0; k < 8; ++k) sums[k] += buffer[w + k];
      }
      kept = std::accumulate(std::begin(sums), std::end(sums), kept + 0);
      ++rounds;
      seconds = host::monotonic_seconds() - start;
    } while (seconds < kAtLeast);
    best = std::max(best, static_cast<double>(rounds * words * sizeof(uint64_t)) / seconds);
  }
  return best;
}

}  // namespace thimble::cli
