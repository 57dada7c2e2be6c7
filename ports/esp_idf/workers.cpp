// Workers as tasks, each pinned to a core of its own beside the caller's: one on the chips with two cores.

#include <algorithm>
#include <atomic>
#include <new>

#include "esp_heap_caps.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "ports/fork_join.h"
#include "ports/port.h"

namespace thimble::port {
namespace {

// Enough for a part of a matrix product or of attention, with room for an interrupt's frame.
constexpr uint32_t kStackBytes = 4096;

// Waking a task on another core takes some 10 to 25 us (estimated: reference for a fork and join by notification), so a
// side looks for about twice that long before it sleeps: 1000 looks of some ten cycles, 40 us at 240 MHz.
constexpr int kLooks = 1000;

// A task that waits for another: it looks for a while, then sleeps until it is rung for.
class Waiter {
 public:
  // Before anybody rings.
  void set_task(TaskHandle_t task) { task_ = task; }

  // By the waiting task only.
  template <class Condition>
  void wait_until(const Condition& holds) {
    for (int look = 0; look < kLooks; ++look) {
      if (holds()) return;
    }
    asleep_.store(true);
    while (!holds()) ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    asleep_.store(false);
  }

  // Either this sees that the task sleeps, or the task sees what was made true before. A ring too many does no harm, as
  // the task looks again.
  void ring() {
    if (asleep_.load()) xTaskNotifyGive(task_);
  }

 private:
  TaskHandle_t task_ = nullptr;
  std::atomic<bool> asleep_ = false;
};

}  // namespace

struct Workers::Pool {
  struct Worker {
    Pool* pool = nullptr;
    uint32_t number = 0;
    std::atomic<bool> ended = false;
  };

  ForkJoin<Waiter, portNUM_PROCESSORS> calls;
  Worker workers[portNUM_PROCESSORS];  // [0], the caller, is no task of the pool
  uint32_t count = 1;
  std::atomic<bool> silent = false;  // nobody rings for a worker any more

  static void work(void* self) {
    Worker& me = *static_cast<Worker*>(self);
    me.pool->calls.work(me.number);
    while (!me.pool->silent.load()) {  // within microseconds: the caller is at it, on its own core
    }
    me.ended.store(true);  // the pool may be gone from here on
    vTaskDelete(nullptr);
  }

  // Whether the platform gave another task.
  bool add_worker() {
    Worker& worker = workers[count];
    worker.pool = this;
    worker.number = count;
    const auto core = static_cast<BaseType_t>((static_cast<uint32_t>(xPortGetCoreID()) + count) % portNUM_PROCESSORS);
    TaskHandle_t handle = nullptr;
    if (xTaskCreatePinnedToCore(work, "thimble_worker", kStackBytes, &worker, uxTaskPriorityGet(nullptr), &handle,
                                core) != pdPASS) {
      return false;
    }
    calls.waiter(count).set_task(handle);
    ++count;
    return true;
  }

  void end() {
    calls.end();
    for (uint32_t w = 1; w < count; ++w) calls.waiter(w).ring();
    silent.store(true);
    for (uint32_t w = 1; w < count; ++w) {
      while (!workers[w].ended.load()) vTaskDelay(1);
    }
  }

  static void run(void* self, Parallel::Task task, void* argument) {
    auto& pool = *static_cast<Pool*>(self);
    pool.calls.run(task, argument, pool.count);
  }
};

uint32_t core_count() { return portNUM_PROCESSORS; }

// In internal memory: an ESP32 cannot do atomic operations in PSRAM.
Workers::Workers(uint32_t count) : pool_(nullptr) {
  const uint32_t wanted = std::min<uint32_t>(count, portNUM_PROCESSORS);
  if (wanted < 2) return;
  void* place = heap_caps_aligned_alloc(alignof(Pool), sizeof(Pool), MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
  if (place == nullptr) return;
  pool_ = new (place) Pool;
  pool_->calls.waiter(0).set_task(xTaskGetCurrentTaskHandle());
  while (pool_->count < wanted && pool_->add_worker()) {
  }
}

Workers::~Workers() {
  if (pool_ == nullptr) return;
  pool_->end();
  pool_->~Pool();
  heap_caps_free(pool_);
}

Parallel Workers::parallel() const {
  if (pool_ == nullptr || pool_->count == 1) return {};
  return {&Pool::run, pool_, pool_->count};
}

}  // namespace thimble::port
