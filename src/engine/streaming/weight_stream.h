// The weights of a model that are not all in memory, in the order in which a sweep multiplies them.
//
// What is streamed is one stretch of the file, cut into chunks, or stripes of it. While the rows of one chunk are
// multiplied, and those in memory behind it, the next one is read into the other buffer. A row that two chunks share is
// put together in front of the later one, so that whoever multiplies sees rows in one piece. Behind the last chunk of a
// sweep comes the first one again: it is there when the next token was sampled.
//
// A read that fails for good ends the sweep: from then on no rows are handed out, and status() says why. The next sweep
// begins anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/streaming.h"
#include "engine/streaming/chunk_reader.h"
#include "engine/streaming/resident_runs.h"

namespace thimble {

class WeightStream {
 public:
  // Views all it is given.
  WeightStream(const Model& model, const Plan& plan, const Memory& memory, const WeightReader& reader);
  WeightStream(const WeightStream&) = delete;
  WeightStream& operator=(const WeightStream&) = delete;

  // Fills the runs. Errors: those of fetch(); kMismatch (a plan for other types of weights, whose room does not do).
  Status load();

  // `out` = bytes of the file, from memory or read and verified; not while a sweep is past its first row. Errors: those
  // of the reader, kCorrupt.
  Status fetch(uint64_t offset, std::span<std::byte> out);

  // A tensor in memory as a whole: where it lies, else null.
  const std::byte* whole(const TensorView& w) const;

  // Between these two, rows of the embedding may be fetched. `to_logits`: whether the classifier will be read, too.
  void begin_sweep(bool to_logits);
  void read_ahead();

  // Rows first .. of a matrix, as many as are in memory now, at least one and at most up to last - 1, as a matrix of
  // their own. Within a sweep, calls follow the order of the file; `first` begins a unit (row_units.h). No rows: the
  // sweep has failed.
  TensorView piece(const TensorView& w, size_t first, size_t last);
  const Status& status() const { return status_; }

  StreamCounts counts() const { return chunks_.counts(); }

 private:
  struct Window {
    uint64_t first = 0;  // offsets in the file
    uint64_t last = 0;
    const std::byte* data = nullptr;
  };

  uint32_t other() const { return 1 - current_; }
  Status check_room() const;
  Chunk chunk(uint32_t i) const;
  std::span<const std::byte> in_memory(uint64_t offset) const;
  std::span<const std::byte> in_stripe(uint64_t offset) const;
  std::span<const std::byte> contiguous(uint64_t offset, size_t least);
  Status read_blocks(uint64_t offset, size_t wanted, std::span<const std::byte>* out);
  bool in_sweep(uint32_t i) const;
  void advance(uint64_t keep_from);

  const Model& model_;
  const Memory& memory_;
  const WeightReader reader_;
  const ResidentRuns runs_;
  size_t loaded_runs_ = 0;
  uint32_t loaded_stripes_ = 0;
  const bool streams_;          // else all is in memory, or read where nobody verifies
  const uint32_t first_block_;  // of the weights that are streamed
  const uint64_t classifier_at_;
  ChunkReader chunks_;
  uint32_t current_ = 0;    // the slot of the window; free between sweeps
  uint32_t next_ = 0;       // chunk of the sweep that the window moves to next, in the other slot
  uint64_t sweep_end_ = 0;  // offset in the file
  Window window_;
  Status status_;
};

}  // namespace thimble
