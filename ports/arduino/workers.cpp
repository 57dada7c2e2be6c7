// Workers as tasks, one on each core but the caller's. They wait asleep, since they share their core with Wi-Fi and
// with the idle task that the watchdog listens to.

#include <freertos/FreeRTOS.h>
#include <freertos/task.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>

#include "ports/arduino/heap.h"
#include "ports/port.h"

namespace thimble::port {

struct Workers::Pool {
  static constexpr uint32_t kStackBytes = 4096;

  struct Worker {
    Pool* pool = nullptr;
    TaskHandle_t task = nullptr;
    uint32_t number = 0;
  };

  std::array<Worker, kMaxWorkers> workers{};  // the first is the caller
  uint32_t count = 1;
  Parallel::Task work = nullptr;  // null ends a worker
  void* argument = nullptr;
  TaskHandle_t caller = nullptr;
  std::atomic<uint32_t> running = 0;

  static void loop(void* parameter) {
    auto* const self = static_cast<Worker*>(parameter);
    Pool* const pool = self->pool;
    for (bool more = true; more;) {
      ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
      more = pool->work != nullptr;
      if (more) pool->work(pool->argument, self->number);
      const TaskHandle_t caller = pool->caller;  // the pool may be gone once the last one has reported
      if (pool->running.fetch_sub(1, std::memory_order_acq_rel) == 1) xTaskNotifyGive(caller);
    }
    vTaskDelete(nullptr);
  }

  void start(uint32_t wanted) {
    const auto here = static_cast<uint32_t>(xPortGetCoreID());
    const UBaseType_t priority = uxTaskPriorityGet(nullptr);
    for (; count < wanted; ++count) {
      Worker& worker = workers[count];
      worker.pool = this;
      worker.number = count;
      const auto core = static_cast<BaseType_t>((here + count) % core_count());
      if (xTaskCreatePinnedToCore(&loop, "thimble", kStackBytes, &worker, priority, &worker.task, core) != pdPASS)
        return;
    }
  }

  // Hands the work to all tasks, takes the caller's share and waits for the rest.
  void run(Parallel::Task task, void* with) {
    work = task;
    argument = with;
    caller = xTaskGetCurrentTaskHandle();
    running.store(count - 1, std::memory_order_release);
    for (uint32_t i = 1; i < count; ++i) xTaskNotifyGive(workers[i].task);
    if (task != nullptr) task(with, 0);
    while (running.load(std::memory_order_acquire) != 0) ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
  }
};

uint32_t core_count() { return portNUM_PROCESSORS; }

// In internal memory: atomic operations on PSRAM do not hold between cores.
Workers::Workers(uint32_t count) : pool_(nullptr) {
  void* const place = arduino::allocate(Region::kFast, sizeof(Pool));
  if (place == nullptr) return;
  pool_ = new (place) Pool;
  pool_->start(std::min(count, core_count()));
}

Workers::~Workers() {
  if (pool_ == nullptr) return;
  if (pool_->count > 1) pool_->run(nullptr, nullptr);
  pool_->~Pool();
  arduino::release(pool_);
}

Parallel Workers::parallel() const {
  if (pool_ == nullptr || pool_->count == 1) return {};
  const auto run = [](void* pool, Parallel::Task task, void* argument) {
    static_cast<Pool*>(pool)->run(task, argument);
  };
  return {run, pool_, pool_->count};
}

}  // namespace thimble::port
