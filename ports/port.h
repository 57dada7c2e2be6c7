// The contract between Thimble and a platform: what a port offers beyond the language. Each folder beside this file
// implements it once; programs are written against it. Ports know the base of the core and this file, nothing else.
#pragma once

#include <cstdint>

#include "thimble/parallel.h"

namespace thimble::port {

// Cores that this process may use, 1 at least.
uint32_t core_count();

// A pool of workers behind a Parallel call (thimble/parallel.h): `count` - 1 threads or tasks, and the caller. Between
// calls they wait, first briefly awake, since the stages of a token follow each other within microseconds.
class Workers {
 public:
  // count: 1..kMaxWorkers. When the platform refuses a thread there are fewer; parallel().workers says how many.
  explicit Workers(uint32_t count);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Valid while the pool lives. Calls must not overlap.
  Parallel parallel() const;

 private:
  struct Pool;
  Pool* pool_;
};

}  // namespace thimble::port
