// Workers as threads. A call is a new generation number; a worker runs the task once per generation.

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#include "ports/port.h"

namespace thimble::port {
namespace {

// Stages of a small model are shorter than a wake-up by the kernel (some 50 us), so both sides look again for about
// that long before they sleep. Yielding keeps that harmless where others want the core. Where a pool has more workers
// than there are cores, whoever looks may keep the one from running that it waits for: there nobody looks twice.
constexpr int kLooks = 200;

// Returns when `value` differs from `old`; looks so often before it sleeps.
template <class Number>
void await_change(const std::atomic<Number>& value, Number old, int looks) {
  for (int i = 0; i < looks; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    std::this_thread::yield();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

struct Workers::Pool {
  explicit Pool(uint32_t workers) : looks(workers <= core_count() ? kLooks : 0) {}

  const int looks;
  std::vector<std::thread> threads;
  std::atomic<uint64_t> generation = 0;
  std::atomic<uint32_t> running = 0;
  std::atomic<bool> stop = false;
  Parallel::Task task = nullptr;
  void* argument = nullptr;

  void work(uint32_t worker) {
    for (uint64_t seen = 0;; ++seen) {
      await_change(generation, seen, looks);
      if (stop.load(std::memory_order_relaxed)) return;
      task(argument, worker);
      if (running.fetch_sub(1, std::memory_order_acq_rel) == 1) running.notify_one();
    }
  }

  void announce() {
    generation.fetch_add(1, std::memory_order_release);
    generation.notify_all();
  }

  static void run(void* self, Parallel::Task task, void* argument) {
    auto* pool = static_cast<Pool*>(self);
    pool->task = task;
    pool->argument = argument;
    pool->running.store(static_cast<uint32_t>(pool->threads.size()), std::memory_order_relaxed);
    pool->announce();
    task(argument, 0);
    for (uint32_t left = pool->running.load(std::memory_order_acquire); left != 0;
         left = pool->running.load(std::memory_order_acquire)) {
      await_change(pool->running, left, pool->looks);
    }
  }
};

uint32_t core_count() { return std::clamp(std::thread::hardware_concurrency(), 1u, kMaxWorkers); }

Workers::Workers(uint32_t count) : pool_(new Pool(count)) {
  pool_->threads.reserve(kMaxWorkers);
  try {
    for (uint32_t worker = 1; worker < std::min(count, kMaxWorkers); ++worker) {
      pool_->threads.emplace_back([pool = pool_, worker] { pool->work(worker); });
    }
  } catch (const std::system_error&) {
    // No more threads to be had: those there are will do.
  }
}

Workers::~Workers() {
  pool_->stop.store(true, std::memory_order_relaxed);
  pool_->announce();
  for (std::thread& thread : pool_->threads) thread.join();
  delete pool_;
}

Parallel Workers::parallel() const { return {&Pool::run, pool_, static_cast<uint32_t>(pool_->threads.size()) + 1}; }

}  // namespace thimble::port
