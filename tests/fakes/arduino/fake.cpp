#include "fake.h"

#include <Arduino.h>
#include <FFat.h>
#include <SD.h>
#include <SD_MMC.h>
#include <esp_heap_caps.h>
#include <esp_partition.h>
#include <esp_random.h>
#include <esp_task_wdt.h>
#include <esp_timer.h>
#include <freertos/queue.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

struct FakeTask {
  std::mutex mutex;
  std::condition_variable changed;
  uint32_t notifications = 0;
};

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "fake: %s\n", what);
  abort();
}

// One piece of a heap that is free, and what is taken from it.
struct Allocation {
  std::vector<size_t>* heap = nullptr;
  size_t piece = 0;
  size_t bytes = 0;
};

fake::Board board;
fake::Uses used;
std::map<void*, Allocation> allocations;
std::map<uint32_t, void*> mappings;
std::vector<esp_partition_t> table;
std::string serial;
std::mutex heap_mutex;
std::atomic<bool> card_away = false;
std::atomic<int> card_descriptor = -1;
int64_t now = 0;
int64_t slept = 0;
std::atomic<size_t> tasks = 0;
FakeTask loop_task;
std::deque<FakeTask> workers;  // of all times, since a handle may be used when its task has ended
thread_local FakeTask* current = &loop_task;
thread_local BaseType_t core = portNUM_PROCESSORS - 1;

std::vector<size_t>& heap_of(uint32_t caps) {
  require((caps & MALLOC_CAP_8BIT) != 0 || caps == MALLOC_CAP_SPIRAM, "memory that bytes cannot be read from");
  const bool internal = (caps & MALLOC_CAP_INTERNAL) != 0;
  require(internal != ((caps & MALLOC_CAP_SPIRAM) != 0), "memory of no kind, or of two");
  return internal ? board.internal : board.psram;
}

size_t& held(const std::vector<size_t>& heap) { return &heap == &board.internal ? used.internal : used.psram; }

void must_be_loop_task(const char* what) { require(current == &loop_task, what); }

}  // namespace

// --- the board ---

void fake::plug_in(const Board& next) {
  require(allocations.empty(), "memory was not given back");
  require(mappings.empty(), "a partition is still mapped");
  for (int i = 0; i < 1000 && tasks != 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  require(tasks == 0, "a task still runs");
  board = next;
  used = {};
  now = slept = 0;
  table.clear();
  for (const Partition& p : board.partitions) {
    esp_partition_t entry = {p.address, static_cast<uint32_t>(p.bytes.size()), ""};
    snprintf(entry.label, sizeof(entry.label), "%s", p.label.c_str());
    table.push_back(entry);
  }
}

fake::Uses fake::uses() {
  used.blocks = allocations.size();
  used.mappings = mappings.size();
  used.tasks = tasks;
  return used;
}

std::string fake::printed() { return std::exchange(serial, ""); }

void fake::let_pass(int64_t microseconds) { now += microseconds; }

// --- heaps ---

void* heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps) {
  const std::lock_guard lock(heap_mutex);
  std::vector<size_t>& heap = heap_of(caps);
  require(size > 0, "an allocation of nothing");
  require((alignment & (alignment - 1)) == 0, "an alignment that is no power of two");
  const auto piece = std::find_if(heap.begin(), heap.end(), [&](size_t free) { return free >= size; });
  if (piece == heap.end()) return nullptr;
  // As far off a multiple of 64 as a heap may be.
  void* const data = static_cast<char*>(std::aligned_alloc(64, (size + 191) / 64 * 64)) + (alignment < 64 ? 8 : 0);
  memset(data, 0xa5, size);
  *piece -= size;
  held(heap) += size;
  ++used.allocations;
  allocations[data] = {&heap, static_cast<size_t>(piece - heap.begin()), size};
  return data;
}

void* heap_caps_malloc(size_t size, uint32_t caps) { return heap_caps_aligned_alloc(8, size, caps); }

void heap_caps_free(void* data) {
  if (data == nullptr) return;
  const std::lock_guard lock(heap_mutex);
  const auto found = allocations.find(data);
  require(found != allocations.end(), "a block was freed that is none");
  const Allocation& a = found->second;
  (*a.heap)[a.piece] += a.bytes;
  held(*a.heap) -= a.bytes;
  allocations.erase(found);
  std::free(reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(data) & ~uintptr_t{63}));
}

void* heap_caps_realloc(void* data, size_t size, uint32_t caps) {
  if (size == 0) {
    heap_caps_free(data);
    return nullptr;
  }
  Allocation& a = allocations.at(data);
  require(size <= a.bytes && a.heap == &heap_of(caps), "blocks are only cut here");
  if (board.realloc_moves) {
    void* const moved = heap_caps_aligned_alloc(32, size, caps);
    if (moved != nullptr) heap_caps_free(data);
    return moved;
  }
  (*a.heap)[a.piece] += a.bytes - size;
  held(*a.heap) -= a.bytes - size;
  a.bytes = size;
  return data;
}

size_t heap_caps_get_free_size(uint32_t caps) {
  size_t sum = 0;
  for (const size_t piece : heap_of(caps)) sum += piece;
  return sum;
}

size_t heap_caps_get_total_size(uint32_t caps) { return heap_caps_get_free_size(caps) + held(heap_of(caps)); }

size_t heap_caps_get_largest_free_block(uint32_t caps) {
  const std::vector<size_t>& heap = heap_of(caps);
  return heap.empty() ? 0 : *std::max_element(heap.begin(), heap.end());
}

// --- flash ---

const esp_partition_t* esp_partition_find_first(esp_partition_type_t type, esp_partition_subtype_t, const char* label) {
  require(type == ESP_PARTITION_TYPE_DATA, "only partitions of data hold models");
  const auto found = std::find_if(table.begin(), table.end(), [&](auto& p) { return strcmp(p.label, label) == 0; });
  return found != table.end() ? &*found : nullptr;
}

namespace {

// Whether the range lies in the partition.
bool within(const esp_partition_t* partition, size_t offset, size_t size) {
  require(partition != nullptr, "a partition that is not there");
  return offset <= partition->size && size <= partition->size - offset;
}

const uint8_t* bytes_of(const esp_partition_t* partition) {
  return board.partitions[static_cast<size_t>(partition - table.data())].bytes.data();
}

}  // namespace

esp_err_t esp_partition_read(const esp_partition_t* partition, size_t offset, void* out, size_t size) {
  if (!within(partition, offset, size)) return ESP_ERR_INVALID_SIZE;
  memcpy(out, bytes_of(partition) + offset, size);
  return ESP_OK;
}

esp_err_t esp_partition_mmap(const esp_partition_t* partition, size_t offset, size_t size, esp_partition_mmap_memory_t,
                             const void** out, esp_partition_mmap_handle_t* handle) {
  if (!within(partition, offset, size)) return ESP_ERR_INVALID_SIZE;
  if (board.mapping_fails) return ESP_ERR_NO_MEM;
  void* const pages = std::aligned_alloc(4096, (size + 4095) / 4096 * 4096);
  memcpy(pages, bytes_of(partition) + offset, size);
  *handle = static_cast<uint32_t>(mappings.size()) + 1;
  *out = mappings[*handle] = pages;
  return ESP_OK;
}

void esp_partition_munmap(esp_partition_mmap_handle_t handle) {
  const auto found = mappings.find(handle);
  require(found != mappings.end(), "a mapping was undone that is none");
  std::free(found->second);
  mappings.erase(found);
}

bool FakeFFat::begin(bool, const char*) { return board.file_system; }
FakeFFat FFat;

// The linker sends the library's fopen() here (--wrap).
extern "C" FILE* __real_fopen(const char* path, const char* mode);
FakeSd SD;
FakeSdMmc SD_MMC;
bool FakeSd::begin() { return board.card_answers; }
bool FakeSdMmc::begin(const char* mountpoint, bool, bool format) {
  require(strcmp(mountpoint, "/sdcard") == 0 && !format, "a card of somebody may be formatted, or is elsewhere");
  return board.card_answers;
}
bool FakeSdMmc::setPins(int, int, int) { return true; }
bool FakeSdMmc::setPins(int, int, int, int, int, int) { return true; }

void fake::pull_card(bool away) { card_away = away; }

extern "C" int __real_open(const char* path, int flags, ...);
extern "C" int __wrap_open(const char* path, int flags, ...);
int __wrap_open(const char* path, int flags, ...) {
  const std::string name = path;
  for (const char* folder : {"/sdcard/", "/sd/"}) {
    if (name.rfind(folder, 0) != 0) continue;
    if (!board.card_answers || card_away) return -1;
    return card_descriptor = __real_open((board.card + name.substr(strlen(folder) - 1)).c_str(), flags);
  }
  return __real_open(path, flags, 0666);
}
extern "C" ssize_t __real_read(int descriptor, void* out, size_t bytes);
extern "C" ssize_t __wrap_read(int descriptor, void* out, size_t bytes);
ssize_t __wrap_read(int descriptor, void* out, size_t bytes) {
  if (card_away && descriptor == card_descriptor) return -1;
  return __real_read(descriptor, out, bytes);
}

extern "C" FILE* __wrap_fopen(const char* path, const char* mode);
FILE* __wrap_fopen(const char* path, const char* mode) {
  const std::string name = path;
  if (name.rfind("/ffat/", 0) != 0) return __real_fopen(path, mode);
  return board.file_system ? __real_fopen((board.ffat + name.substr(5)).c_str(), mode) : nullptr;
}

// --- time and chance ---

int64_t esp_timer_get_time() { return now += board.time_per_call; }
unsigned long millis() { return static_cast<unsigned long>(esp_timer_get_time() / 1000); }

void vTaskDelay(TickType_t ticks) {
  must_be_loop_task("only the sketch's task sleeps");
  used.longest_awake = std::max(used.longest_awake, now - slept);
  slept = now += 1000 * int64_t{ticks};
}
void delay(uint32_t milliseconds) { vTaskDelay(milliseconds); }

esp_err_t esp_task_wdt_status(TaskHandle_t task) {
  require(task == nullptr, "the watchdog is asked of the own task");
  return board.loop_watched ? ESP_OK : ESP_ERR_NOT_FOUND;
}

esp_err_t esp_task_wdt_reset() {
  must_be_loop_task("only the sketch's task is watched");
  require(board.loop_watched, "a task that is not watched resets the watchdog, which logs an error each time");
  ++used.watchdog_resets;
  return ESP_OK;
}

uint32_t esp_random() {
  if (board.random.empty()) return 0;
  const uint32_t value = board.random.front();
  board.random.erase(board.random.begin());
  return value;
}

// --- tasks ---

BaseType_t xPortGetCoreID() { return core; }

BaseType_t xTaskCreatePinnedToCore(TaskFunction_t code, const char* name, uint32_t stack_bytes, void* parameters,
                                   UBaseType_t priority, TaskHandle_t* created, BaseType_t on) {
  require(strlen(name) < 16 && stack_bytes >= 2048 && priority < 25, "a task that FreeRTOS would not make");
  require(on >= 0 && on < portNUM_PROCESSORS && on != core, "a worker belongs to another core");
  if (board.tasks_fail) return pdFAIL;
  FakeTask* const task = &workers.emplace_back();
  *created = task;
  ++tasks;
  std::thread([=] {
    current = task;
    core = on;
    code(parameters);
  }).detach();
  return pdPASS;
}

// Never ends, so nobody counts it.
TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t code, const char* name, uint32_t stack_bytes,
                                           void* parameters, UBaseType_t priority, StackType_t* stack,
                                           StaticTask_t* state, BaseType_t on) {
  require(strlen(name) < 16 && stack_bytes >= 2048 && priority < 25, "a task that FreeRTOS would not make");
  require(stack != nullptr && state != nullptr, "no place for a task");
  require(on >= 0 && on < portNUM_PROCESSORS, "there is no such core");
  auto* const task = new FakeTask;
  std::thread([=] {
    current = task;
    core = on;
    code(parameters);
  }).detach();
  return task;
}

void vTaskDelete(TaskHandle_t task) {
  require(task == nullptr && current != &loop_task, "a task ends itself");
  --tasks;
}

UBaseType_t uxTaskPriorityGet(TaskHandle_t) { return 1; }
TaskHandle_t xTaskGetCurrentTaskHandle() { return current; }

uint32_t ulTaskNotifyTake(BaseType_t, TickType_t) {
  std::unique_lock lock(current->mutex);
  current->changed.wait(lock, [] { return current->notifications > 0; });
  return std::exchange(current->notifications, 0);
}

BaseType_t xTaskNotifyGive(TaskHandle_t task) {
  require(task != nullptr, "a task that is not there");
  const std::lock_guard lock(task->mutex);
  ++task->notifications;
  task->changed.notify_one();
  return pdPASS;
}

struct FakeQueue {
  size_t item_bytes;
  size_t length;
  std::mutex mutex{};
  std::condition_variable changed{};
  std::deque<std::vector<uint8_t>> items{};
};

QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_bytes, uint8_t* places, StaticQueue_t* state) {
  require(length > 0 && places != nullptr && state != nullptr, "no place for a queue");
  return new FakeQueue{.item_bytes = item_bytes, .length = length};
}

BaseType_t xQueueSend(QueueHandle_t queue, const void* item, TickType_t) {
  const std::lock_guard lock(queue->mutex);
  require(queue->items.size() < queue->length, "a queue that is full");
  const auto* const bytes = static_cast<const uint8_t*>(item);
  queue->items.emplace_back(bytes, bytes + queue->item_bytes);
  queue->changed.notify_one();
  return pdTRUE;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void* item, TickType_t) {
  std::unique_lock lock(queue->mutex);
  queue->changed.wait(lock, [queue] { return !queue->items.empty(); });
  memcpy(item, queue->items.front().data(), queue->item_bytes);
  queue->items.pop_front();
  return pdTRUE;
}

// --- Arduino ---

FakeSerial Serial;
FakeEsp ESP;

void FakeSerial::begin(unsigned long) {}
void FakeSerial::print(const char* text) { serial += text; }
void FakeSerial::println(const char* text) { serial += text + std::string("\n"); }
void FakeSerial::printf(const char* format, ...) {
  char line[400];
  va_list values;
  va_start(values, format);
  vsnprintf(line, sizeof(line), format, values);
  va_end(values);
  serial += line;
}

const char* FakeEsp::getChipModel() { return "ESP32-Fake"; }
uint32_t FakeEsp::getCpuFreqMHz() { return 240; }
uint32_t FakeEsp::getFlashChipSize() { return 4 << 20; }
uint32_t FakeEsp::getPsramSize() { return static_cast<uint32_t>(heap_caps_get_total_size(MALLOC_CAP_SPIRAM)); }
uint32_t FakeEsp::getFreeHeap() {
  return static_cast<uint32_t>(heap_caps_get_free_size(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT));
}
bool psramFound() { return heap_caps_get_total_size(MALLOC_CAP_SPIRAM) > 0; }
