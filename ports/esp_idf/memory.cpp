// Memory for the program, taken from IDF's heap at the first call: what it can spare, the largest blocks first, since
// internal memory is in pieces.

#include <algorithm>
#include <array>

#include "esp_heap_caps.h"
#include "ports/port.h"
#include "sdkconfig.h"

namespace thimble::port {
namespace {

// What IDF keeps of a kind of memory, for stacks, drivers and radio, and the calls that tell about it.
struct Kind {
  Region region;
  uint32_t caps;
  size_t reserve_bytes;
};

// What opening a card takes, whenever one comes: its driver, the file system, an open file. (Chosen: emulated runs
// of firmware/sd_stream find room in it, besides its reserve of 16 KB; without it the file system had none.)
#if CONFIG_THIMBLE_CARD_USED
constexpr size_t kCardBytes = 16 * 1024;
#else
constexpr size_t kCardBytes = 0;
#endif

// What connections take as they come.
#if CONFIG_THIMBLE_NETWORK
constexpr size_t kNetworkBytes = size_t{CONFIG_THIMBLE_NETWORK_RESERVE_KB} * 1024;
#else
constexpr size_t kNetworkBytes = 0;
#endif

// Memory for DMA, so that a card can be read into it without a copy, and so that RTC memory, which is slow, stays out.
constexpr Kind kFast = {Region::kFast, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT | MALLOC_CAP_DMA,
                        size_t{CONFIG_THIMBLE_INTERNAL_RESERVE_KB} * 1024 + kCardBytes + kNetworkBytes};
#if CONFIG_SPIRAM
constexpr Kind kBulk = {Region::kBulk, MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT,
                        size_t{CONFIG_THIMBLE_PSRAM_RESERVE_KB} * 1024};
#endif

// A smaller block is not worth its place in a plan.
constexpr size_t kLeastBytes = 4096;

// What a block of a heap loses to its header, to alignment, and to canaries where menuconfig asks for them.
constexpr size_t kOverheadBytes = 256;

std::array<MemoryPiece, kRegionCount * kMaxBlocks> pieces;
size_t piece_count = 0;

// The largest block that leaves the reserve free, or an empty one.
std::span<std::byte> take_block(const Kind& kind) {
  const size_t free_bytes = heap_caps_get_free_size(kind.caps);
  const size_t spare = free_bytes - std::min(free_bytes, kind.reserve_bytes);
  size_t bytes = std::min(heap_caps_get_largest_free_block(kind.caps), spare);
  bytes -= std::min(bytes, kOverheadBytes);
  for (bytes -= bytes % kBlockAlignment; bytes >= kLeastBytes; bytes -= bytes / 8 / kBlockAlignment * kBlockAlignment) {
    void* block = heap_caps_aligned_alloc(kBlockAlignment, bytes, kind.caps);
    if (block != nullptr) return {static_cast<std::byte*>(block), bytes};
  }
  return {};
}

void take_pieces(const Kind& kind) {
  for (size_t count = 0; count < kMaxBlocks; ++count) {
    const std::span<std::byte> block = take_block(kind);
    if (block.empty()) return;
    pieces[piece_count++] = {kind.region, block};
  }
}

}  // namespace

std::span<const MemoryPiece> memory_pieces() {
  static bool taken = false;
  if (!taken) {
    taken = true;
    take_pieces(kFast);
#if CONFIG_SPIRAM
    take_pieces(kBulk);
#endif
  }
  return {pieces.data(), piece_count};
}

}  // namespace thimble::port
