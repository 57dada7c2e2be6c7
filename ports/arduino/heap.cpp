#include "ports/arduino/heap.h"

#include <esp_heap_caps.h>

#include <algorithm>

namespace thimble::arduino {
namespace {

constexpr size_t kLeastBlock = 1024;                  // less holds no buffer that is worth a block
constexpr size_t kMostSkipped = kBlockAlignment - 1;  // in front of the first multiple in a block

uint32_t capabilities(Region region) {
  return MALLOC_CAP_8BIT | (region == Region::kFast ? MALLOC_CAP_INTERNAL : MALLOC_CAP_SPIRAM);
}

bool out_of_memory(const Plan& plan) { return plan.status.code() == Code::kOutOfMemory; }

}  // namespace

HeapBlocks::~HeapBlocks() {
  for (Blocks& region : regions_) {
    for (std::span<std::byte>& block : region.block) release(block.data());
  }
}

size_t HeapBlocks::take(Region region, size_t most, size_t keep_free) {
  Blocks& blocks = regions_[static_cast<size_t>(region)];
  const size_t free = free_bytes(region);
  const size_t spare = free > keep_free ? free - keep_free : 0;
  const size_t bytes = std::min({most, spare, largest_piece(region)});
  if (bytes < kLeastBlock || blocks.count == kMaxBlocks) return 0;
  auto* const data = static_cast<std::byte*>(heap_caps_malloc(bytes, capabilities(region)));
  if (data == nullptr) return 0;
  blocks.block[blocks.count++] = {data, bytes};
  return bytes;
}

void HeapBlocks::trim(const Plan& plan) {
  for (size_t r = 0; r < kRegionCount; ++r) {
    for (size_t b = 0; b < regions_[r].count; ++b) {
      std::span<std::byte>& block = regions_[r].block[b];
      const size_t used = plan.block_bytes[r][b];
      // A heap that moves the block may do so: it still has room for what is used, wherever it starts.
      const size_t bytes = used == 0 ? 0 : used + kMostSkipped;
      if (bytes >= block.size()) continue;
      void* const data = heap_caps_realloc(block.data(), bytes, capabilities(static_cast<Region>(r)));
      if (bytes == 0) {
        block = {};
      } else if (data != nullptr) {
        block = {static_cast<std::byte*>(data), bytes};
      }
    }
  }
}

Memory HeapBlocks::memory() const {
  Memory memory;
  for (size_t r = 0; r < kRegionCount; ++r) {
    for (size_t b = 0; b < regions_[r].count; ++b) memory.add(static_cast<Region>(r), regions_[r].block[b]);
  }
  return memory;
}

size_t HeapBlocks::bytes(Region region) const {
  size_t sum = 0;
  for (const std::span<std::byte>& block : regions_[static_cast<size_t>(region)].block) sum += block.size();
  return sum;
}

Plan plan_on_heap(const Model& model, const PlanOptions& options, size_t keep_free, HeapBlocks* blocks) {
  Plan plan = make_plan(model, options, MemoryLayout::unlimited());
  if (!plan.status.ok()) return plan;
  const size_t wanted = plan.total_bytes() + kMostSkipped;
  for (size_t missing = wanted; missing > 0;) {
    const size_t taken = blocks->take(Region::kFast, missing, keep_free);
    if (taken == 0) break;
    missing -= std::min(missing, taken);
  }
  // Weights that are streamed fill whatever memory there is with the front of the file.
  const bool streamed = options.weights == WeightHome::kStreamed;
  while (streamed && blocks->take(Region::kBulk, wanted, keep_free) > 0) {
  }
  // Where a piece ends in the middle of a buffer the rest of it is lost, so there may have to be more.
  plan = make_plan(model, options, blocks->memory().describe());
  while (out_of_memory(plan) &&
         (blocks->take(Region::kFast, wanted, keep_free) > 0 || blocks->take(Region::kBulk, wanted, 0) > 0)) {
    plan = make_plan(model, options, blocks->memory().describe());
  }
  if (plan.status.ok()) blocks->trim(plan);
  return plan;
}

uint32_t context_that_fits(const Model& model, PlanOptions options, const HeapBlocks& blocks) {
  if (options.context == 0) options.context = model.config().max_context;
  do {
    options.context /= 2;
  } while (options.context > 0 && out_of_memory(make_plan(model, options, blocks.memory().describe())));
  return options.context;
}

size_t total_bytes(Region region) { return heap_caps_get_total_size(capabilities(region)); }
size_t free_bytes(Region region) { return heap_caps_get_free_size(capabilities(region)); }
size_t largest_piece(Region region) { return heap_caps_get_largest_free_block(capabilities(region)); }
bool psram_found() { return heap_caps_get_total_size(MALLOC_CAP_SPIRAM) > 0; }

void* allocate(Region region, size_t bytes) {
  return heap_caps_aligned_alloc(kBlockAlignment, bytes, capabilities(region));
}

void release(void* block) { heap_caps_free(block); }

}  // namespace thimble::arduino
