// The end of a classifier of which memory holds a part, in turns: a piece that is streamed, rows that stay, the next
// piece. While rows that stay are multiplied, the next piece is read: where they come from slow memory, that is as long
// as the read takes. Rows that lie on an edge stay as a whole, so a row is in one piece, or in memory.
//
// Only a classifier that is last in the file is cut so: what stands in front of it serves prompt tokens, too.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/streaming/chunk_reader.h"
#include "thimble/model.h"

namespace thimble {

class Stripes {
 public:
  // Rows that stay behind a piece, from one unit's (row_units.h) beginning to another's.
  struct Kept {
    uint64_t first = 0;  // offsets in the file
    uint64_t last = 0;
    size_t at = 0;  // where they lie in the memory of the stripes
  };

  Stripes() = default;
  // Of a file whose bytes up to `begin` are in memory, for `room` bytes more and pieces of so many blocks: as few
  // pieces as that takes, as far apart as the classifier is long. None where all of it finds room, or where the rest
  // reaches beyond the classifier.
  Stripes(const Model& model, uint64_t begin, size_t room, uint32_t piece_blocks);

  uint32_t count() const { return count_; }
  Chunk piece(uint32_t i) const { return {first_block_ + i * period(), piece_blocks_}; }
  Kept kept(uint32_t i) const;

  // All up to here stays; the first piece begins in front of it, or there.
  uint64_t front_end() const { return unit_end(block_at(first_block_)); }
  // Of the stripe that a byte behind front_end() belongs to: its piece, or the rows behind that.
  uint32_t index(uint64_t offset) const;
  size_t memory_bytes() const { return count_ * slot_bytes_; }

 private:
  uint32_t period() const { return piece_blocks_ + kept_blocks_; }
  uint64_t block_at(uint32_t block) const { return data_offset_ + uint64_t{block} * Model::kBlockBytes; }
  uint64_t unit_begin(uint64_t offset) const;
  uint64_t unit_end(uint64_t offset) const;

  TensorView classifier_{};
  uint64_t data_offset_ = 0;
  size_t unit_bytes_ = 1;
  size_t slot_bytes_ = 0;  // of memory, for the rows of a stripe
  uint32_t first_block_ = 0;
  uint32_t piece_blocks_ = 0;
  uint32_t kept_blocks_ = 0;
  uint32_t count_ = 0;
};

}  // namespace thimble
