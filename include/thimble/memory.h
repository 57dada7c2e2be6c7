// Regions of memory that the caller lends to an engine, each a list of blocks.
//
// A chip's free memory comes in pieces and in kinds: fast (internal SRAM) and bulk (PSRAM). The library never
// allocates: the caller describes what there is, make_plan() says what goes where, and Engine::init uses it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace thimble {

enum class Region : uint8_t {
  kFast = 0,  // the quickest memory: internal SRAM, or plain heap on a desktop
  kBulk = 1,  // larger and slower: PSRAM
};
inline constexpr size_t kRegionCount = 2;
const char* region_name(Region region);  // "fast"; static storage

inline constexpr size_t kMaxBlocks = 8;        // blocks per region
inline constexpr size_t kBlockAlignment = 64;  // what an engine makes of a block starts on a multiple of this

// A piece of a block.
struct Placement {
  Region region = Region::kFast;
  uint8_t block = 0;
  size_t offset = 0;  // from the start of the block, a multiple of kBlockAlignment
  size_t bytes = 0;
};

// Sizes of the blocks of each region, without the memory itself: enough to plan for a board that is not here.
struct MemoryLayout {
  struct RegionLayout {
    std::array<size_t, kMaxBlocks> block_bytes{};
    size_t count = 0;
  };
  std::array<RegionLayout, kRegionCount> regions{};
  bool too_many = false;  // a block found no place

  // Adds a block of `bytes`, which starts on a multiple of kBlockAlignment. At most kMaxBlocks per region.
  MemoryLayout& add(Region region, size_t bytes);

  // One fast block without limit: the plan then says how many bytes a single block needs.
  static MemoryLayout unlimited();
};

// The memory itself. Owns nothing: blocks must outlive every engine that was initialised with them.
class Memory {
 public:
  Memory() = default;
  // One fast block; the common case on a desktop.
  explicit Memory(std::span<std::byte> block) { add(Region::kFast, block); }

  // Adds a block, wherever it starts: the bytes in front of its first multiple of kBlockAlignment stay unused, so
  // memory of unknown alignment (malloc) takes up to kBlockAlignment - 1 bytes more than a plan says. At most
  // kMaxBlocks blocks per region: with one more, make_plan and Engine::init refuse.
  Memory& add(Region region, std::span<std::byte> block);

  MemoryLayout describe() const;
  bool too_many() const { return too_many_; }

  // Empty span when there is no such block.
  std::span<std::byte> block(Region region, size_t index) const;
  // The piece that a plan placed there; the block must be as large as the plan says.
  std::span<std::byte> at(const Placement& p) const;

 private:
  std::array<std::array<std::span<std::byte>, kMaxBlocks>, kRegionCount> blocks_{};
  std::array<size_t, kRegionCount> counts_{};
  bool too_many_ = false;
};

}  // namespace thimble
