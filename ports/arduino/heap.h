// Memory for one engine from the heaps of the chip: no more than it needs, in as many pieces as it takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/plan.h"

namespace thimble::arduino {

// Owns blocks of the heap; gives them back when it ends.
class HeapBlocks {
 public:
  HeapBlocks() = default;
  ~HeapBlocks();
  HeapBlocks(const HeapBlocks&) = delete;
  HeapBlocks& operator=(const HeapBlocks&) = delete;

  // Takes one more block of the region, of at most `most` bytes, and leaves `keep_free` bytes to others. Returns the
  // bytes taken; 0 when there is nothing worth taking.
  size_t take(Region region, size_t most, size_t keep_free);

  // Gives back what the plan, which was made for memory(), does not use.
  void trim(const Plan& plan);

  Memory memory() const;
  size_t bytes(Region region) const;

 private:
  struct Blocks {
    std::array<std::span<std::byte>, kMaxBlocks> block{};
    size_t count = 0;
  };
  std::array<Blocks, kRegionCount> regions_{};
};

// Makes a plan and takes its memory: internal memory first, PSRAM when that does not suffice. Where plan.status is
// kOutOfMemory, *blocks holds all that could be had.
Plan plan_on_heap(const Model& model, const PlanOptions& options, size_t keep_free, HeapBlocks* blocks);

// The longest context, in halves of what `options` asks for, that the same memory would do for; 0: none.
uint32_t context_that_fits(const Model& model, PlanOptions options, const HeapBlocks& blocks);

// What a heap has, for messages and figures.
size_t free_bytes(Region region);
size_t total_bytes(Region region);
size_t largest_piece(Region region);
bool psram_found();

// A block on a multiple of kBlockAlignment; null when there is none.
void* allocate(Region region, size_t bytes);
void release(void* block);

}  // namespace thimble::arduino
