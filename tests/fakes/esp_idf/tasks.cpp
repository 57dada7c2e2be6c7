// FreeRTOS: tasks as threads, notifications and queues by mutex and condition. Whatever a thread may still wait on when
// the program ends is never destroyed.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "esp_heap_caps.h"
#include "esp_task_wdt.h"
#include "fakes.h"
#include "freertos/queue.h"
#include "freertos/task.h"

using namespace std::chrono_literals;

struct tskTaskControlBlock {
  std::string name;
  UBaseType_t priority = 1;
  int core = 0;
  void* stack = nullptr;  // from the heap
  bool deleted = false;
  std::atomic<bool> watched = false;
  std::mutex mutex{};
  std::condition_variable changed{};
  uint32_t notifications = 0;
};

namespace {

std::atomic<bool> refusing = false;
std::atomic<bool> holding = false;
std::atomic<uint32_t> delay_count = 0;
std::atomic<uint32_t> feeds = 0;
std::atomic<uint32_t> watched = 0;
std::atomic<uint32_t> running = 0;
fakes::CreatedTask created;

thread_local TaskHandle_t current = nullptr;

// Tasks are never destroyed, as somebody may still hold a handle.
TaskHandle_t make_task(const char* name, UBaseType_t priority, int core) {
  static std::mutex mutex;
  static auto* tasks = new std::deque<tskTaskControlBlock>;
  const std::lock_guard lock(mutex);
  tskTaskControlBlock& task = tasks->emplace_back();
  task.name = name;
  task.priority = priority;
  task.core = core;
  return &task;
}

// A thread that no task was made for, as a test's own, is the main task.
TaskHandle_t current_task() {
  if (current == nullptr) current = make_task("main", 1, 0);
  return current;
}

void run_task(TaskFunction_t code, void* argument, TaskHandle_t task) {
  current = task;
  code(argument);
  fakes::expect(task->deleted, task->name.c_str(), "a task returned without vTaskDelete(NULL)");
  fakes::expect(!task->watched, task->name.c_str(), "a task ended while the watchdog watches it");
  if (task->stack != nullptr) heap_caps_free(task->stack);
  --running;
}

void expect_usual(const char* call, const char* name, uint32_t stack_bytes, UBaseType_t priority, BaseType_t core) {
  fakes::expect_task(call);
  fakes::expect(name != nullptr && std::strlen(name) < 16, call, "a name of more than 15 characters");
  fakes::expect(stack_bytes >= configMINIMAL_STACK_SIZE, call, "too small a stack");
  fakes::expect(priority < configMAX_PRIORITIES, call, "no such priority");
  fakes::expect(core == tskNO_AFFINITY || (core >= 0 && core < portNUM_PROCESSORS), call, "no such core");
}

// Waits on `changed` until holds(), at most `ticks`. Returns whether it held.
template <class Condition>
bool wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, TickType_t ticks, Condition holds) {
  if (ticks != portMAX_DELAY) return changed.wait_for(lock, ticks * 1000ms / configTICK_RATE_HZ, holds);
  changed.wait(lock, holds);
  return true;
}

}  // namespace

namespace fakes {

uint32_t delays() { return delay_count; }
void refuse_tasks() { refusing = true; }
void hold_tasks() { holding = true; }
CreatedTask last_task() { return created; }
uint32_t watchdog_feeds() { return feeds; }
uint32_t watched_tasks() { return watched; }

void await_tasks() {
  while (running > 0) std::this_thread::sleep_for(100us);
}

}  // namespace fakes

// --- tasks ---

BaseType_t xTaskCreatePinnedToCore(TaskFunction_t code, const char* name, uint32_t stack_bytes, void* argument,
                                   UBaseType_t priority, TaskHandle_t* task, BaseType_t core) {
  expect_usual("xTaskCreatePinnedToCore", name, stack_bytes, priority, core);
  void* stack = refusing ? nullptr : heap_caps_aligned_alloc(16, stack_bytes, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
  if (stack == nullptr) return errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY;
  TaskHandle_t made = make_task(name, priority, core);
  made->stack = stack;
  created = {name, core, stack_bytes};
  ++running;
  if (task != nullptr) *task = made;
  std::thread(run_task, code, argument, made).detach();
  return pdPASS;
}

TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t code, const char* name, uint32_t stack_bytes, void* argument,
                                           UBaseType_t priority, StackType_t* stack, StaticTask_t* state,
                                           BaseType_t core) {
  expect_usual("xTaskCreateStaticPinnedToCore", name, stack_bytes, priority, core);
  fakes::expect(stack != nullptr && state != nullptr, "xTaskCreateStaticPinnedToCore", "no place for the task");
  TaskHandle_t made = make_task(name, priority, core);
  std::thread([=] {
    ++running;
    run_task(code, argument, made);
  }).detach();
  return made;
}

void vTaskDelete(TaskHandle_t task) {
  fakes::expect_task("vTaskDelete");
  TaskHandle_t which = task == nullptr ? current_task() : task;
  fakes::expect(!which->deleted, "vTaskDelete", "a task deleted twice");
  which->deleted = true;
}

void vTaskDelay(TickType_t ticks) {
  fakes::expect_task("vTaskDelay");
  ++delay_count;
  fakes::advance(int64_t{ticks} * 1'000'000 / configTICK_RATE_HZ);
  std::this_thread::sleep_for(100us);
}

UBaseType_t uxTaskPriorityGet(TaskHandle_t task) { return (task == nullptr ? current_task() : task)->priority; }
TaskHandle_t xTaskGetCurrentTaskHandle() { return current_task(); }
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t) { return 1234; }
BaseType_t xPortGetCoreID() { return std::min(current_task()->core, portNUM_PROCESSORS - 1); }

BaseType_t xTaskNotifyGive(TaskHandle_t task) {
  fakes::expect_task("xTaskNotifyGive");
  fakes::expect(task != nullptr, "xTaskNotifyGive", "no task");
  const std::lock_guard lock(task->mutex);
  fakes::expect(!task->deleted, "xTaskNotifyGive", "a task that was deleted");
  ++task->notifications;
  task->changed.notify_all();
  return pdPASS;
}

uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks) {
  fakes::expect_task("ulTaskNotifyTake");
  TaskHandle_t task = current_task();
  std::unique_lock lock(task->mutex);
  const bool may_be_held = task->stack != nullptr;
  wait(task->changed, lock, ticks, [&] { return task->notifications > 0 && !(may_be_held && holding); });
  const uint32_t count = task->notifications;
  if (count > 0) task->notifications = clear == pdTRUE ? 0 : count - 1;
  return count;
}

// --- queues ---

struct QueueDefinition {
  size_t length;
  size_t item_bytes;
  std::mutex mutex{};
  std::condition_variable changed{};
  std::deque<std::vector<uint8_t>> items{};
};

QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_bytes, uint8_t* places, StaticQueue_t* state) {
  fakes::expect(length > 0 && places != nullptr && state != nullptr, "xQueueCreateStatic", "no place for the queue");
  return new QueueDefinition{.length = length, .item_bytes = item_bytes};
}

BaseType_t xQueueSend(QueueHandle_t queue, const void* item, TickType_t ticks) {
  fakes::expect_task("xQueueSend");
  fakes::expect(queue != nullptr, "xQueueSend", "no queue");
  std::unique_lock lock(queue->mutex);
  if (!wait(queue->changed, lock, ticks, [&] { return queue->items.size() < queue->length; })) return pdFALSE;
  const auto* bytes = static_cast<const uint8_t*>(item);
  queue->items.emplace_back(bytes, bytes + queue->item_bytes);
  queue->changed.notify_all();
  return pdTRUE;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void* item, TickType_t ticks) {
  fakes::expect_task("xQueueReceive");
  fakes::expect(queue != nullptr, "xQueueReceive", "no queue");
  std::unique_lock lock(queue->mutex);
  if (!wait(queue->changed, lock, ticks, [&] { return !queue->items.empty(); })) return pdFALSE;
  std::memcpy(item, queue->items.front().data(), queue->item_bytes);
  queue->items.pop_front();
  queue->changed.notify_all();
  return pdTRUE;
}

// --- the task watchdog ---

esp_err_t esp_task_wdt_add(TaskHandle_t task) {
  TaskHandle_t which = task == nullptr ? current_task() : task;
  if (which->watched) return ESP_ERR_INVALID_ARG;
  which->watched = true;
  ++watched;
  return ESP_OK;
}

esp_err_t esp_task_wdt_delete(TaskHandle_t task) {
  TaskHandle_t which = task == nullptr ? current_task() : task;
  if (!which->watched) return ESP_ERR_INVALID_ARG;
  which->watched = false;
  --watched;
  return ESP_OK;
}

esp_err_t esp_task_wdt_status(TaskHandle_t task) {
  return (task == nullptr ? current_task() : task)->watched ? ESP_OK : ESP_ERR_NOT_FOUND;
}

esp_err_t esp_task_wdt_reset() {
  fakes::expect(current_task()->watched, "esp_task_wdt_reset", "a task that is not watched");
  ++feeds;
  return ESP_OK;
}
