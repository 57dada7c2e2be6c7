#include "thimble/memory.h"

#include <limits>

namespace thimble {

const char* region_name(Region region) { return region == Region::kFast ? "fast" : "bulk"; }

MemoryLayout& MemoryLayout::add(Region region, size_t bytes) {
  RegionLayout& r = regions[static_cast<size_t>(region)];
  if (r.count < kMaxBlocks) r.block_bytes[r.count++] = bytes;
  return *this;
}

MemoryLayout MemoryLayout::unlimited() {
  MemoryLayout layout;
  return layout.add(Region::kFast, std::numeric_limits<size_t>::max());
}

Memory& Memory::add(Region region, std::span<std::byte> block) {
  const auto r = static_cast<size_t>(region);
  if (counts_[r] < kMaxBlocks) blocks_[r][counts_[r]++] = block;
  return *this;
}

MemoryLayout Memory::describe() const {
  MemoryLayout layout;
  for (size_t r = 0; r < kRegionCount; ++r) {
    for (size_t i = 0; i < counts_[r]; ++i) layout.add(static_cast<Region>(r), blocks_[r][i].size());
  }
  return layout;
}

std::span<std::byte> Memory::block(Region region, size_t index) const {
  const auto r = static_cast<size_t>(region);
  return index < counts_[r] ? blocks_[r][index] : std::span<std::byte>{};
}

}  // namespace thimble
