// Tasks as workers.

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
