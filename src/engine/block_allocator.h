// How a plan takes memory: from the front of each block, aligned, never giving it back.
#pragma once

#include <array>
#include <cstddef>
#include <limits>

#include "base/checked.h"
#include "thimble/memory.h"

namespace thimble {

class BlockAllocator {
 public:
  explicit BlockAllocator(const MemoryLayout& layout) : layout_(layout) {}

  // Bytes left behind the next aligned offset of a block.
  size_t left(size_t region, size_t block) const {
    const size_t size = layout_.regions[region].block_bytes[block];
    const size_t used = used_[region][block];
    return size > used ? size - used : 0;
  }

  // Places `bytes` in the first block with room, in the order of regions from `first` on.
  bool place(size_t bytes, Placement* place, Region first = Region::kFast) {
    for (auto r = static_cast<size_t>(first); r < kRegionCount; ++r) {
      for (size_t b = 0; b < layout_.regions[r].count; ++b) {
        if (bytes > left(r, b)) continue;
        *place = take(r, b, bytes);
        return true;
      }
    }
    return false;
  }

  Placement take(size_t region, size_t block, size_t bytes) {
    const size_t offset = used_[region][block];
    // The padding may reach beyond the block: left() then says 0.
    const size_t padded = bytes > kMostPadded ? bytes : round_up(bytes, kBlockAlignment);
    if (!checked_add(offset, padded, &used_[region][block])) {
      used_[region][block] = std::numeric_limits<size_t>::max();
    }
    return {static_cast<Region>(region), static_cast<uint8_t>(block), offset, bytes};
  }

  // Of all blocks; SIZE_MAX when padding left nothing of one.
  const std::array<std::array<size_t, kMaxBlocks>, kRegionCount>& used() const { return used_; }

  size_t largest_left() const {
    size_t most = 0;
    for (size_t r = 0; r < kRegionCount; ++r) {
      for (size_t b = 0; b < layout_.regions[r].count; ++b) most = left(r, b) > most ? left(r, b) : most;
    }
    return most;
  }

 private:
  static constexpr size_t kMostPadded = std::numeric_limits<size_t>::max() - kBlockAlignment;
  const MemoryLayout& layout_;
  std::array<std::array<size_t, kMaxBlocks>, kRegionCount> used_{};
};

}  // namespace thimble
