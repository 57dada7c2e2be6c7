// Heaps with capabilities: each hands out memory from its start to its end, and is whole again when all of it came
// back. Every block has a header in front and a canary behind, so that giving back twice and writing too far are found.

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <set>

#include "esp_heap_caps.h"
#include "fakes.h"
#include "sdkconfig.h"

namespace {

constexpr uint64_t kCanary = 0x5ca1ab1e0ddba11;
constexpr size_t kHeaderBytes = 16;

struct Heap {
  uint32_t caps;
  std::byte* start;
  size_t bytes;
  size_t used = 0;
  size_t most_used = 0;
  std::set<std::byte*> blocks{};    // live ones
  std::set<std::byte*> canaries{};  // behind them
};

std::mutex mutex;
std::vector<Heap> heaps;
std::set<void*> given_back;

size_t room(const Heap& heap) {
  const size_t left = heap.bytes - heap.used;
  return left - std::min(left, kHeaderBytes + sizeof kCanary);
}

// A block of that heap, or null.
void* take(Heap* heap, size_t alignment, size_t size) {
  const auto base = reinterpret_cast<uintptr_t>(heap->start);
  const uintptr_t from = (base + heap->used + kHeaderBytes + alignment - 1) / alignment * alignment;
  const size_t end = (from - base) + size + sizeof kCanary;
  if (end > heap->bytes) return nullptr;
  heap->used = end;
  heap->most_used = std::max(heap->most_used, end);
  std::byte* block = heap->start + (from - base);
  heap->blocks.insert(block);
  heap->canaries.insert(block + size);
  std::memcpy(block + size, &kCanary, sizeof kCanary);
  given_back.erase(block);
  return block;
}

bool has(const Heap& heap, uint32_t caps) { return (heap.caps & caps) == caps; }

std::byte* map_anonymous(size_t bytes) {
  void* place = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  fakes::expect(place != MAP_FAILED, "add_heap", "no memory");
  return static_cast<std::byte*>(place);
}

}  // namespace

namespace fakes {

void add_heap(uint32_t caps, size_t bytes) {
  const std::lock_guard lock(mutex);
  heaps.push_back({.caps = caps, .start = map_anonymous(bytes), .bytes = bytes});
}

size_t live_allocations() {
  const std::lock_guard lock(mutex);
  size_t count = 0;
  for (const Heap& heap : heaps) count += heap.blocks.size();
  return count;
}

bool is_in_heap(const void* pointer, uint32_t caps) {
  const std::lock_guard lock(mutex);
  const auto* const at = static_cast<const std::byte*>(pointer);
  return std::any_of(heaps.begin(), heaps.end(), [&](const Heap& heap) {
    return has(heap, caps) && at >= heap.start && at < heap.start + heap.bytes;
  });
}

void add_usual_memory() {
  constexpr uint32_t kInternal = MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT;
  add_heap(kInternal | MALLOC_CAP_DMA, 22 * 1024);
  add_heap(kInternal | MALLOC_CAP_DMA, 230 * 1024);
  add_heap(kInternal | MALLOC_CAP_DMA, 64 * 1024);
  add_heap(kInternal, 8 * 1024);  // RTC memory
#if CONFIG_SPIRAM
  if (chip().psram_answers) add_heap(MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT, chip().psram_bytes);
#endif
}

}  // namespace fakes

void* heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps) {
  fakes::expect_task("heap_caps_aligned_alloc");
  fakes::expect(alignment != 0 && (alignment & (alignment - 1)) == 0, "heap_caps_aligned_alloc", "not a power of two");
  const std::lock_guard lock(mutex);
  for (Heap& heap : heaps) {
    void* block = size > 0 && has(heap, caps) ? take(&heap, alignment, size) : nullptr;
    if (block != nullptr) return block;
  }
  return nullptr;
}

void heap_caps_free(void* block) {
  fakes::expect_task("heap_caps_free");
  if (block == nullptr) return;
  const std::lock_guard lock(mutex);
  fakes::expect(given_back.count(block) == 0, "heap_caps_free", "a block given back twice");
  for (Heap& heap : heaps) {
    if (heap.blocks.erase(static_cast<std::byte*>(block)) == 0) continue;
    given_back.insert(block);
    if (heap.blocks.empty()) {
      heap.used = 0;
      heap.canaries.clear();
    }
    return;
  }
  fakes::expect(false, "heap_caps_free", "not a block of any heap");
}

size_t heap_caps_get_free_size(uint32_t caps) {
  multi_heap_info_t info;
  heap_caps_get_info(&info, caps);
  return info.total_free_bytes;
}

size_t heap_caps_get_largest_free_block(uint32_t caps) {
  multi_heap_info_t info;
  heap_caps_get_info(&info, caps);
  return info.largest_free_block;
}

void heap_caps_get_info(multi_heap_info_t* info, uint32_t caps) {
  fakes::expect_task("heap_caps_get_info");
  const std::lock_guard lock(mutex);
  *info = {};
  for (const Heap& heap : heaps) {
    if (!has(heap, caps)) continue;
    info->total_free_bytes += heap.bytes - heap.used;
    info->total_allocated_bytes += heap.used;
    info->minimum_free_bytes += heap.bytes - heap.most_used;
    info->largest_free_block = std::max(info->largest_free_block, room(heap));
  }
}

bool heap_caps_check_integrity_all(bool) {
  const std::lock_guard lock(mutex);
  for (const Heap& heap : heaps) {
    for (const std::byte* canary : heap.canaries) {
      if (std::memcmp(canary, &kCanary, sizeof kCanary) != 0) return false;
    }
  }
  return true;
}
