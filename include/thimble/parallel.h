// How an engine uses several cores without knowing about threads: the caller lends it a parallel call.
#pragma once

#include <cstdint>

namespace thimble {

inline constexpr uint32_t kMaxWorkers = 16;

// A pool of workers. ports/port.h says what a port offers to make one.
struct Parallel {
  // Work that is split: called once per worker, with its number.
  using Task = void (*)(void* argument, uint32_t worker);

  // Calls task(argument, w) for w = 0 .. workers - 1, on up to as many cores, one of them the caller's, and returns
  // when all calls have returned; what they wrote is then visible to the caller. Called from one thread at a time.
  void (*run)(void* context, Task task, void* argument) = nullptr;  // null: one worker, the caller
  void* context = nullptr;
  uint32_t workers = 1;  // 1..kMaxWorkers
  // A stage of fewer products of two numbers is quicker done by the caller alone than shared, as a call and its end
  // take their time. 0: all are shared. No effect on the result.
  uint32_t least_products = 0;
};

}  // namespace thimble
