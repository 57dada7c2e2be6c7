// The host's pool of threads (ports/port.h): every call runs each worker's task once, and what the tasks wrote is there
// afterwards. The names have "Threads" in them: by that the thread sanitizer's run finds these tests.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "ports/port.h"

namespace thimble {
namespace {

using port::Workers;

// Calls task(worker) for every worker of a pool.
template <class Task>
void run(const Parallel& parallel, const Task& task) {
  const Task* argument = &task;
  const Parallel::Task call = [](void* context, uint32_t worker) { (**static_cast<const Task**>(context))(worker); };
  parallel.run(parallel.context, call, &argument);
}

// Calls of each worker in one run. Plain numbers: the join is all that makes them visible.
std::vector<int> calls_of_one_run(const Parallel& parallel) {
  std::vector<int> calls(kMaxWorkers + 1);
  run(parallel, [&](uint32_t worker) { ++calls[worker < kMaxWorkers ? worker : kMaxWorkers]; });
  return calls;
}

std::vector<int> once_each(uint32_t workers) {
  std::vector<int> calls(kMaxWorkers + 1);
  std::fill_n(calls.begin(), workers, 1);
  return calls;
}

TEST(WorkerThreads, EachWorkerRunsOnceForAnyCount) {
  for (uint32_t count = 1; count <= kMaxWorkers; ++count) {  // more than there are cores
    const Workers pool(count);
    ASSERT_EQ(pool.parallel().workers, count);
    for (int i = 0; i < 20; ++i) ASSERT_EQ(calls_of_one_run(pool.parallel()), once_each(count)) << count;
  }
}

TEST(WorkerThreads, NoneAreOneAndTooManyAreTheMost) {
  const Workers none(0), one(1), many(kMaxWorkers + 1), all(UINT32_MAX);
  EXPECT_EQ(calls_of_one_run(none.parallel()), once_each(1));
  EXPECT_EQ(calls_of_one_run(one.parallel()), once_each(1));
  EXPECT_EQ(many.parallel().workers, kMaxWorkers);
  EXPECT_EQ(calls_of_one_run(many.parallel()), once_each(kMaxWorkers));
  EXPECT_EQ(calls_of_one_run(all.parallel()), once_each(kMaxWorkers));
}

// Until another part has begun, or the time is up in which any thread wakes.
bool meets(std::atomic<uint32_t>* begun, uint32_t parts) {
  ++*begun;
  for (int i = 0; i < 10'000 && *begun < parts; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return *begun == parts;
}

TEST(WorkerThreads, TheCallerDoesPartZeroAndOthersAreThreadsOfTheirOwn) {
  const Workers pool(4);
  std::array<std::thread::id, 4> ids;
  std::atomic<uint32_t> begun = 0;
  run(pool.parallel(), [&](uint32_t worker) {
    ids[worker] = std::this_thread::get_id();
    meets(&begun, 4);  // so that nobody does another's part
  });
  EXPECT_EQ(ids[0], std::this_thread::get_id());
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 4u);
}

// As the stages of a token follow each other: each call reads what all workers of the last one wrote.
TEST(WorkerThreads, ManySmallCallsSeeEachOther) {
  constexpr uint32_t kCalls = 20000;
  for (const uint32_t count : {2u, 3u}) {
    const Workers pool(count);
    const Parallel parallel = pool.parallel();
    std::vector<uint64_t> last(count, 1), next(count);
    for (uint32_t i = 0; i < kCalls; ++i) {
      run(parallel,
          [&](uint32_t worker) { next[worker] = std::accumulate(last.begin(), last.end(), uint64_t{worker}); });
      std::swap(last, next);
    }
    // The same by one thread.
    std::vector<uint64_t> want(count, 1);
    for (uint32_t i = 0; i < kCalls; ++i) {
      const uint64_t sum = std::accumulate(want.begin(), want.end(), uint64_t{0});
      for (uint32_t worker = 0; worker < count; ++worker) want[worker] = sum + worker;
    }
    EXPECT_EQ(last, want) << count;
  }
}

// Where threads outnumber cores, a call waits for workers that have not run yet, and some sleep.
TEST(WorkerThreads, ManySmallCallsOfAllWorkers) {
  constexpr uint32_t kCalls = 500;
  const Workers pool(kMaxWorkers);
  std::array<uint64_t, kMaxWorkers> calls{};
  for (uint32_t i = 0; i < kCalls; ++i) {
    run(pool.parallel(), [&](uint32_t worker) { ++calls[worker]; });
    ASSERT_EQ(std::accumulate(calls.begin(), calls.end(), uint64_t{0}), uint64_t{i + 1} * kMaxWorkers);
  }
  for (const uint64_t n : calls) EXPECT_EQ(n, kCalls);
}

// Long enough for everybody to fall asleep: the first look does not count then.
TEST(WorkerThreads, CallsAfterAPauseWakeTheWorkers) {
  const Workers pool(3);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ASSERT_EQ(calls_of_one_run(pool.parallel()), once_each(3));
  }
}

// The caller sleeps until the slowest worker is done, and the quick workers do not run twice.
TEST(WorkerThreads, ACallWaitsForTheSlowest) {
  const Workers pool(4);
  for (uint32_t slow = 0; slow < 4; ++slow) {
    std::array<int, 4> done{};
    run(pool.parallel(), [&](uint32_t worker) {
      if (worker == slow) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++done[worker];
    });
    EXPECT_EQ(done, (std::array<int, 4>{1, 1, 1, 1})) << slow;
  }
}

TEST(WorkerThreads, PoolsComeAndGo) {
  for (int i = 0; i < 300; ++i) {
    const Workers unused(1 + static_cast<uint32_t>(i) % 4);  // ends before its threads have begun
    auto first = std::make_unique<Workers>(3);
    const Workers second(2);
    ASSERT_EQ(calls_of_one_run(second.parallel()), once_each(2));
    ASSERT_EQ(calls_of_one_run(first->parallel()), once_each(3));
    first.reset();
    ASSERT_EQ(calls_of_one_run(second.parallel()), once_each(2));
  }
}

// A task may use another pool than the one that runs it, and may make one.
TEST(WorkerThreads, PoolsMayBeNested) {
  const Workers outer(3);
  for (int i = 0; i < 20; ++i) {
    std::array<std::vector<int>, 3> calls;
    run(outer.parallel(), [&](uint32_t worker) {
      const Workers inner(worker + 1);
      calls[worker] = calls_of_one_run(inner.parallel());
    });
    for (uint32_t worker = 0; worker < 3; ++worker) ASSERT_EQ(calls[worker], once_each(worker + 1));
  }
}

// Several callers, each with a pool of its own.
TEST(WorkerThreads, PoolsDoNotDisturbEachOther) {
  constexpr uint32_t kCalls = 2000;
  std::array<uint64_t, 2> sums{};
  const auto work = [](uint64_t* sum) {
    const Workers pool(2);
    std::array<uint64_t, 2> calls{};
    for (uint32_t i = 0; i < kCalls; ++i) run(pool.parallel(), [&](uint32_t worker) { calls[worker] += i; });
    *sum = calls[0] + calls[1];
  };
  {
    std::jthread a(work, &sums[0]);
    std::jthread b(work, &sums[1]);
  }
  constexpr uint64_t kWant = uint64_t{kCalls} * (kCalls - 1);
  EXPECT_EQ(sums, (std::array<uint64_t, 2>{kWant, kWant}));
}

}  // namespace
}  // namespace thimble
