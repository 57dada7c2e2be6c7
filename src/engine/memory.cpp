#include "thimble/memory.h"

#include <limits>

#include "base/checked.h"

namespace thimble {
namespace {

// `block` from its first multiple of kBlockAlignment on; empty where it ends before.
std::span<std::byte> aligned(std::span<std::byte> block) {
  const auto address = reinterpret_cast<uintptr_t>(block.data());
  const size_t skip = round_up<uintptr_t>(address, kBlockAlignment) - address;
  return block.size() < skip ? std::span<std::byte>{} : block.subspan(skip);
}

}  // namespace

const char* region_name(Region region) { return region == Region::kFast ? "fast" : "bulk"; }

MemoryLayout& MemoryLayout::add(Region region, size_t bytes) {
  RegionLayout& r = regions[static_cast<size_t>(region)];
  too_many = too_many || r.count == kMaxBlocks;
  if (!too_many) r.block_bytes[r.count++] = bytes;
  return *this;
}

MemoryLayout MemoryLayout::unlimited() {
  MemoryLayout layout;
  return layout.add(Region::kFast, std::numeric_limits<size_t>::max());
}

Memory& Memory::add(Region region, std::span<std::byte> block) {
  const auto r = static_cast<size_t>(region);
  too_many_ = too_many_ || counts_[r] == kMaxBlocks;
  if (!too_many_) blocks_[r][counts_[r]++] = aligned(block);
  return *this;
}

MemoryLayout Memory::describe() const {
  MemoryLayout layout;
  layout.too_many = too_many_;
  for (size_t r = 0; r < kRegionCount; ++r) {
    for (size_t i = 0; i < counts_[r]; ++i) layout.add(static_cast<Region>(r), blocks_[r][i].size());
  }
  return layout;
}

std::span<std::byte> Memory::block(Region region, size_t index) const {
  const auto r = static_cast<size_t>(region);
  return index < counts_[r] ? blocks_[r][index] : std::span<std::byte>{};
}

std::span<std::byte> Memory::at(const Placement& p) const {
  return block(p.region, p.block).subspan(p.offset, p.bytes);
}

}  // namespace thimble
