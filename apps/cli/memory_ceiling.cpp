#include "apps/cli/memory_ceiling.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <iterator>
#include <latch>
#include <numeric>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

#include "ports/host/large_memory.h"
#include "ports/host/process.h"

namespace thimble::cli {
namespace {

constexpr size_t kWords = 8;  // of a cache line
constexpr size_t kMostStreams = 4;

// Sums, in kStreams parts side by side: which number of them is read fastest differs from processor to processor.
template <size_t kStreams>
uint64_t sum(std::span<const uint64_t> words) {
  const size_t each = words.size() / kStreams / kWords * kWords;
  uint64_t sums[kWords] = {};
  for (size_t w = 0; w < each; w += kWords) {
    for (size_t s = 0; s < kStreams; ++s) {
      for (size_t k = 0; k < kWords; ++k) sums[k] += words[s * each + w + k];
    }
  }
  return std::accumulate(std::begin(sums), std::end(sums), uint64_t{0});
}

using Sum = uint64_t (*)(std::span<const uint64_t>);

// Bytes a second of all threads, from when all have begun; of fewer where there are no more to be had.
double rate_of(Sum sum, std::span<const uint64_t> words, uint32_t threads) {
  constexpr double kAtLeast = 0.02;  // seconds
  const size_t each = words.size() / threads;
  std::atomic<uint64_t> kept = 0;
  std::vector<double> rates(threads);
  std::latch all_here(threads);
  const auto read = [&](uint32_t thread) {
    const auto part = words.subspan(thread * each, each);
    all_here.arrive_and_wait();
    const double start = host::monotonic_seconds();
    double seconds = 0;
    size_t rounds = 0;
    do {
      kept += sum(part);
      ++rounds;
      seconds = host::monotonic_seconds() - start;
    } while (seconds < kAtLeast);
    rates[thread] = static_cast<double>(rounds * part.size_bytes()) / seconds;
  };
  std::vector<std::jthread> others;
  try {
    for (uint32_t t = 1; t < threads; ++t) others.emplace_back(read, t);
  } catch (const std::system_error&) {
    all_here.count_down(threads - 1 - static_cast<std::ptrdiff_t>(others.size()));
  }
  read(0);
  others.clear();  // joins
  return std::accumulate(rates.begin(), rates.end(), 0.0);
}

}  // namespace

double measured_ceiling(uint64_t bytes, uint32_t threads) {
  constexpr size_t kTries = 5;
  const size_t words = bytes / sizeof(uint64_t) + threads * kMostStreams * kWords;
  host::LargeMemory memory(words * sizeof(uint64_t), "a loop that reads");
  const std::span buffer(reinterpret_cast<uint64_t*>(memory.span().data()), words);
  std::ranges::fill(buffer, 1);
  double best = 0;
  for (size_t i = 0; i < kTries; ++i) {
    for (const Sum sum : {sum<1>, sum<kMostStreams>}) best = std::max(best, rate_of(sum, buffer, threads));
  }
  return best;
}

}  // namespace thimble::cli
