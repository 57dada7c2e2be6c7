// Fork and join: the parts of one call, taken by whoever comes first. Pools of threads and of tasks are made of it; how
// theirs wait is a Waiter's business.
//
// The caller takes part 0, then every part that nobody has taken. So a worker that comes late, or not at all, costs no
// more than its help; only one that stopped within a part is waited for. Who runs a part changes no result, as the
// part's number says what is to be done, and with which memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "thimble/parallel.h"

namespace thimble::port {

inline constexpr size_t kCacheLine = 64;  // what different threads write lies in different ones

// A Waiter belongs to one thread or task. wait_until(holds) returns when holds(), which somebody makes true and then
// calls ring() of that waiter; both go by sequential consistency.
template <class Waiter, uint32_t kMostWorkers>
class ForkJoin {
 public:
  Waiter& waiter(uint32_t worker) { return waiters_[worker]; }  // 0 is the caller's

  // Calls task(argument, part) for part = 0 .. parts - 1, with the help of workers 1 .. parts - 1. From one thread at a
  // time.
  void run(Parallel::Task task, void* argument, uint32_t parts) {
    task_ = task;
    argument_ = argument;
    finished_.store(0);
    call_.store(((call_.load() & ~kLeft) + kOneCall) | (parts - 1));
    for (uint32_t worker = 1; worker < parts; ++worker) waiters_[worker].ring();
    task(argument, 0);
    uint32_t of_others = parts - 1;
    while (const uint32_t part = take()) {
      task(argument, part);
      --of_others;
    }
    waiters_[0].wait_until([&] { return finished_.load() == of_others; });
  }

  // What worker 1 .. does: takes part in every call, until end().
  void work(uint32_t worker) {
    for (;;) {
      waiters_[worker].wait_until([&] { return (call_.load() & kLeft) != 0; });
      if ((call_.load() & kLeft) == kEnd) return;
      while (const uint32_t part = take()) {
        task_(argument_, part);
        finished_.fetch_add(1);
        waiters_[0].ring();
      }
    }
  }

  // No call may be under way. Then workers 1 .. workers - 1 are to be rung for, once more.
  void end() { call_.store(kEnd); }

 private:
  static constexpr uint32_t kLeft = 31;            // bits of call_: parts that nobody has taken
  static constexpr uint32_t kEnd = kLeft;          // there: that was all
  static constexpr uint32_t kOneCall = kLeft + 1;  // above them: the number of the call, so that nobody takes a part of
                                                   // another call than the one that was looked at
  static_assert(kMostWorkers < kEnd);

  // The number of a part that is the taker's now; 0: all are taken.
  uint32_t take() {
    uint32_t call = call_.load();
    uint32_t left = 0;
    do {
      left = call & kLeft;
      if (left == 0 || left == kEnd) return 0;
    } while (!call_.compare_exchange_weak(call, call - 1));
    return left;
  }

  // Written by the caller, before others take parts.
  alignas(kCacheLine) std::atomic<uint32_t> call_ = 0;
  Parallel::Task task_ = nullptr;
  void* argument_ = nullptr;
  // Written by workers.
  alignas(kCacheLine) std::atomic<uint32_t> finished_ = 0;  // parts
  Waiter waiters_[kMostWorkers];
};

}  // namespace thimble::port
