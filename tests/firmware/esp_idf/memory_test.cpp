// What the port takes of a heap, and what it leaves.

#include "esp_heap_caps.h"
#include "port_test.h"
#include "ports/board.h"
#include "ports/port.h"

namespace thimble {
namespace {

constexpr uint32_t kInternal = MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT | MALLOC_CAP_DMA;
constexpr size_t kKiB = 1024;
constexpr size_t kReserve = (40 + 16) * kKiB;  // by menuconfig, and for a card

std::vector<size_t> sizes_of(Region region) {
  std::vector<size_t> sizes;
  for (const port::MemoryPiece& piece : port::memory_pieces()) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(piece.bytes.data()) % kBlockAlignment, 0u);
    if (piece.region == region) sizes.push_back(piece.bytes.size());
  }
  return sizes;
}

PORT_TEST(EspIdfMemory, TakesTheLargestBlocksFirstAndLeavesTheReserve) {
  fakes::add_heap(kInternal, 22 * kKiB);
  fakes::add_heap(kInternal, 230 * kKiB);
  fakes::add_heap(kInternal, 64 * kKiB);
  const std::vector<size_t> sizes = sizes_of(Region::kFast);
  ASSERT_EQ(sizes.size(), 2u);
  EXPECT_GT(sizes[0], 229 * kKiB);
  EXPECT_GT(sizes[1], 28 * kKiB);  // of 64: the reserve takes 22 elsewhere, and 34 here
  EXPECT_LT(sizes[1], 30 * kKiB);
  const size_t left = heap_caps_get_free_size(kInternal);
  EXPECT_GE(left, kReserve);
  EXPECT_LT(left, kReserve + kKiB);
}

PORT_TEST(EspIdfMemory, AFragmentedHeapGivesEightBlocksAtMost) {
  for (int i = 0; i < 20; ++i) fakes::add_heap(kInternal, 12 * kKiB);
  fakes::add_heap(kInternal, 2 * kKiB);
  const std::vector<size_t> sizes = sizes_of(Region::kFast);
  ASSERT_EQ(sizes.size(), kMaxBlocks);
  for (const size_t bytes : sizes) EXPECT_GT(bytes, 11 * kKiB);
}

PORT_TEST(EspIdfMemory, TooLittleMemoryGivesNone) {
  fakes::add_heap(kInternal, kReserve + 2 * kKiB);
  EXPECT_TRUE(port::memory_pieces().empty());
  EXPECT_EQ(fakes::live_allocations(), 0u);
}

PORT_TEST(EspIdfMemory, RtcMemoryStaysOut) {
  fakes::add_heap(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT, 8 * kKiB);
  fakes::add_heap(kInternal, 100 * kKiB);
  EXPECT_EQ(sizes_of(Region::kFast).size(), 1u);
}

PORT_TEST(EspIdfMemory, StateOfAHeap) {
  fakes::add_usual_memory();
  const port::MemoryState before = port::memory_state(Region::kFast);
  EXPECT_EQ(before.total, (22 + 230 + 64 + 8) * kKiB);
  EXPECT_EQ(before.free, before.total);
  (void)port::memory_pieces();
  const port::MemoryState after = port::memory_state(Region::kFast);
  EXPECT_EQ(after.total, before.total);
  EXPECT_LT(after.free, before.free);
  EXPECT_EQ(after.least_free, after.free);
  EXPECT_LE(after.largest_block, after.free);
  EXPECT_EQ(port::unused_stack(), 1234u);
}

PORT_TEST(EspIdfMemory, WritingBeyondABlockIsFound) {
  fakes::add_usual_memory();
  auto* block = static_cast<std::byte*>(heap_caps_aligned_alloc(64, 100, kInternal));
  EXPECT_TRUE(port::heap_is_sound());
  block[100] = std::byte{1};
  EXPECT_FALSE(port::heap_is_sound());
}

#if CONFIG_SPIRAM

PORT_TEST(EspIdfMemory, PsramIsBulk) {
  fakes::add_usual_memory();
  const std::vector<size_t> sizes = sizes_of(Region::kBulk);
  ASSERT_EQ(sizes.size(), 1u);
  EXPECT_GT(sizes[0], fakes::chip().psram_bytes - 66 * kKiB);
  EXPECT_LE(sizes[0], fakes::chip().psram_bytes - 64 * kKiB);
}

PORT_TEST(EspIdfMemory, NoPsramLeavesInternalMemory) {
  fakes::chip().psram_answers = false;
  fakes::add_usual_memory();
  EXPECT_FALSE(sizes_of(Region::kFast).empty());
  EXPECT_TRUE(sizes_of(Region::kBulk).empty());
}

#else

PORT_TEST(EspIdfMemory, WithoutPsramInMenuconfigThereIsNoBulk) {
  fakes::add_usual_memory();
  fakes::add_heap(MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT, 2048 * kKiB);
  EXPECT_TRUE(sizes_of(Region::kBulk).empty());
}

#endif

}  // namespace
}  // namespace thimble
