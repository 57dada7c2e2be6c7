// Workers as threads.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "ports/fork_join.h"
#include "ports/port.h"

namespace thimble::port {
namespace {

using Clock = std::chrono::steady_clock;

// Stages of a small model are shorter than a wake-up by the kernel (some 50 us), so a thread looks for about that long
// before it sleeps: a look and a pause are 10 to 50 ns. Where a pool has more workers than there are cores, whoever
// looks keeps another from running: there nobody does.
constexpr int kLooks = 1000;

// Some six microseconds of products of bytes. A call of threads that are awake, and its end, take about one
// (bench/microbenchmarks.cpp, BM_SharedStage), and several where others want the cores.
constexpr uint32_t kLeastProducts = 200'000;

// A worker that loses its core within a part keeps the caller waiting until others give the core back, some
// milliseconds. For so many times as long the caller then works alone, which bounds what such waits cost.
constexpr int kAlonePerLost = 20;
constexpr Clock::duration kLost = std::chrono::milliseconds(1);

// Tells the processor that this is a loop that waits.
void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

class Waiter {
 public:
  void set_looks(int looks) { looks_ = looks; }

  template <class Condition>
  void wait_until(const Condition& holds) {
    for (int look = 0; look < looks_; ++look) {
      if (holds()) return;
      relax();
    }
    const Clock::time_point start = Clock::now();
    while (sleep_unless(holds)) {
    }
    slept_ = Clock::now() - start;
  }

  void ring() {
    if (asleep_.load() != 0 && asleep_.exchange(0) != 0) asleep_.notify_one();
  }

  // Of the waits since the last such call.
  Clock::duration take_slept() { return std::exchange(slept_, {}); }

 private:
  // Returns whether it slept, so that what it waits for may have come.
  template <class Condition>
  bool sleep_unless(const Condition& holds) {
    asleep_.store(1);
    const bool held = holds();
    if (!held) asleep_.wait(1);
    asleep_.store(0);
    return !held;
  }

  alignas(kCacheLine) std::atomic<uint32_t> asleep_ = 0;
  int looks_ = 0;
  Clock::duration slept_{};
};

}  // namespace

struct Workers::Pool {
  explicit Pool(uint32_t workers) {
    const int looks = workers <= core_count() ? kLooks : 0;
    for (uint32_t worker = 0; worker < kMaxWorkers; ++worker) calls.waiter(worker).set_looks(looks);
  }

  ForkJoin<Waiter, kMaxWorkers> calls;
  std::vector<std::thread> threads;
  Clock::time_point alone_until{};

  uint32_t workers() const { return static_cast<uint32_t>(threads.size()) + 1; }

  static void run(void* self, Parallel::Task task, void* argument) {
    auto& pool = *static_cast<Pool*>(self);
    const Clock::time_point start = Clock::now();
    if (start < pool.alone_until) {
      for (uint32_t part = 0; part < pool.workers(); ++part) task(argument, part);
      return;
    }
    pool.calls.run(task, argument, pool.workers());
    const Clock::duration lost = pool.calls.waiter(0).take_slept();
    if (lost < kLost) return;
    const Clock::time_point end = Clock::now();
    if (lost > (end - start) / 2) pool.alone_until = end + kAlonePerLost * lost;  // longer than its own parts took
  }
};

uint32_t core_count() { return std::clamp(std::thread::hardware_concurrency(), 1u, kMaxWorkers); }

Workers::Workers(uint32_t count) : pool_(new Pool(count)) {
  pool_->threads.reserve(kMaxWorkers);
  try {
    for (uint32_t worker = 1; worker < std::min(count, kMaxWorkers); ++worker) {
      pool_->threads.emplace_back([pool = pool_, worker] { pool->calls.work(worker); });
    }
  } catch (const std::system_error&) {
    // No more threads to be had: those there are will do.
  }
}

Workers::~Workers() {
  pool_->calls.end();
  for (uint32_t worker = 1; worker < pool_->workers(); ++worker) pool_->calls.waiter(worker).ring();
  for (std::thread& thread : pool_->threads) thread.join();
  delete pool_;
}

Parallel Workers::parallel() const { return {&Pool::run, pool_, pool_->workers(), kLeastProducts}; }

}  // namespace thimble::port
