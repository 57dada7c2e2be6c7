// Reads blocks of a model's weights into two buffers, both at once where the medium can, and hands them out when their
// checksums are right. A read that fails, or brings something else, is made again, at most kRetries times.
//
// A checksum takes a core 1.5 instructions a byte, some 8 ns on an ESP32, in which a card of 17 MB/s brings a seventh
// of one. So a chunk arrives before it is verified: in between, the next read can begin.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/engine.h"
#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/plan.h"

namespace thimble {

// Consecutive blocks of the weights (Model::kBlockBytes).
struct Chunk {
  uint32_t first = 0;
  uint32_t count = 0;  // 0: none
  bool operator==(const Chunk&) const = default;
};

class ChunkReader {
 public:
  static constexpr uint32_t kRetries = 2;

  // Bytes of a buffer for chunks of `chunk_bytes`, with `headroom` in front of them.
  static size_t buffer_bytes(size_t chunk_bytes, size_t headroom);

  ChunkReader(const Model& model, const Plan& plan, const Memory& memory, const WeightReader& reader);

  uint32_t blocks() const { return blocks_; }  // of the largest chunk; 0: the plan has no buffers
  size_t headroom() const { return headroom_; }

  // Begins to read a chunk into a slot, whatever is in it. What fails, arrive() says.
  void begin(uint32_t slot, const Chunk& chunk);
  // Returns when all of the chunk is there. Errors: those of the reader; the slot then holds none.
  Status arrive(uint32_t slot);
  // Of a chunk that arrived; what was put in front of it stays, also where it has to be read again. Errors: kCorrupt,
  // those of the reader; the slot then holds none.
  Status verify(uint32_t slot);
  // Waits for a read that nobody wants any more.
  void drop(uint32_t slot);

  // What a slot holds, or will: none after an error.
  const Chunk& in(uint32_t slot) const { return slots_[slot].chunk; }
  std::byte* data(uint32_t slot) const { return slots_[slot].buffer.data() + headroom_; }
  uint64_t offset(const Chunk& chunk) const;  // in the file
  size_t bytes(const Chunk& chunk) const;

  const StreamCounts& counts() const { return counts_; }
  void count_sweep() { ++counts_.sweeps; }

 private:
  struct Slot {
    std::span<std::byte> buffer;
    Chunk chunk;
    bool pending = false;  // arrive() was not called since begin()
    bool begun = false;    // at the reader
    bool verified = false;
    uint32_t retries_left = 0;
    Status status;  // of reader.begin
  };

  bool overlaps() const { return reader_.begin != nullptr; }
  void start(uint32_t slot);
  Status finish(uint32_t slot);
  Status read_again(uint32_t slot);
  Status check(const Slot& slot) const;
  std::span<std::byte> sectors(const Slot& slot, uint64_t* offset) const;

  const Model& model_;
  const WeightReader reader_;
  const uint64_t file_bytes_;
  std::array<Slot, 2> slots_;
  uint32_t blocks_ = 0;
  size_t headroom_ = 0;
  StreamCounts counts_;
};

}  // namespace thimble
