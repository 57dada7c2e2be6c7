// Tasks as workers.

#include <pthread.h>

#include "port_test.h"
#include "ports/port.h"

namespace thimble {
namespace {

#if CONFIG_FREERTOS_UNICORE

PORT_TEST(EspIdfWorkers, OneCoreIsTheCaller) {
  fakes::add_usual_memory();
  EXPECT_EQ(port::core_count(), 1u);
  const port::Workers pool(2);
  EXPECT_EQ(pool.parallel().workers, 1u);
  EXPECT_EQ(pool.parallel().run, nullptr);
  EXPECT_EQ(fakes::live_allocations(), 0u);
}

#else

void count_calls(void* calls, uint32_t worker) { ++static_cast<uint32_t*>(calls)[worker]; }

PORT_TEST(EspIdfWorkers, EachRunsEveryCallOnce) {
  fakes::add_usual_memory();
  EXPECT_EQ(port::core_count(), 2u);
  const port::Workers pool(2);
  const Parallel parallel = pool.parallel();
  ASSERT_EQ(parallel.workers, 2u);
  uint32_t calls[2] = {};
  for (int i = 0; i < 3000; ++i) {
    if (i % 1000 == 999) ::usleep(20'000);  // so that the worker falls asleep
    parallel.run(parallel.context, count_calls, calls);
    ASSERT_EQ(calls[0], calls[1]);
  }
  EXPECT_EQ(calls[1], 3000u);
}

// A worker that died in its sleep: the caller does its parts. The pool cannot end any more, and is not asked to.
PORT_TEST(EspIdfWorkers, AWorkerThatIsGoneIsNotWaitedFor) {
  fakes::add_usual_memory();
  const Parallel parallel = (new port::Workers(2))->parallel();
  uint32_t calls[2] = {};
  parallel.run(parallel.context, count_calls, calls);
  ::usleep(20'000);  // so that the worker falls asleep
  fakes::hold_tasks();
  for (int i = 0; i < 1000; ++i) parallel.run(parallel.context, count_calls, calls);
  EXPECT_EQ(calls[0], 1001u);
  EXPECT_EQ(calls[1], 1001u);
}

// Others take its core while it is at work, and the caller falls asleep meanwhile.
PORT_TEST(EspIdfWorkers, APreemptedWorkerIsWaitedFor) {
  fakes::add_usual_memory();
  const port::Workers pool(2);
  const Parallel parallel = pool.parallel();
  struct Calls {
    pthread_t caller = ::pthread_self();
    uint32_t of_part[2] = {};
    uint32_t of_worker = 0;
  } calls;
  const Parallel::Task task = [](void* argument, uint32_t part) {
    auto& c = *static_cast<Calls*>(argument);
    ++c.of_part[part];
    if (part == 0) ::usleep(1000);  // so that the worker comes
    if (::pthread_equal(c.caller, ::pthread_self()) != 0) return;
    ::usleep(5000);
    ++c.of_worker;
  };
  for (int i = 0; i < 20 || (i < 2000 && calls.of_worker == 0); ++i) {
    parallel.run(parallel.context, task, &calls);
    ASSERT_EQ(calls.of_part[0], calls.of_part[1]);
  }
  EXPECT_GT(calls.of_worker, 0u);
}

PORT_TEST(EspIdfWorkers, TheSecondOneHasTheOtherCore) {
  fakes::add_usual_memory();
  const port::Workers pool(16);
  EXPECT_EQ(pool.parallel().workers, 2u);
  EXPECT_EQ(fakes::last_task().name, "thimble_worker");
  EXPECT_EQ(fakes::last_task().core, 1);
}

PORT_TEST(EspIdfWorkers, APoolGivesEverythingBack) {
  fakes::add_usual_memory();
  for (int i = 0; i < 3; ++i) {
    const port::Workers pool(2);
    EXPECT_EQ(fakes::live_allocations(), 2u);  // the pool and a stack
  }
  fakes::await_tasks();
  EXPECT_EQ(fakes::live_allocations(), 0u);
}

PORT_TEST(EspIdfWorkers, ARefusedTaskLeavesTheCaller) {
  fakes::add_usual_memory();
  fakes::refuse_tasks();
  {
    const port::Workers pool(2);
    EXPECT_EQ(pool.parallel().workers, 1u);
    EXPECT_EQ(pool.parallel().run, nullptr);
  }
  EXPECT_EQ(fakes::live_allocations(), 0u);
}

PORT_TEST(EspIdfWorkers, NoMemoryLeavesTheCaller) {
  const port::Workers pool(2);
  EXPECT_EQ(pool.parallel().workers, 1u);
}

#endif

}  // namespace
}  // namespace thimble
