// The part of a model's weights that a plan keeps in memory: the front of the file, cut into one run for each block
// that has room behind the buffers, between rows or panels. So the runs fill memory to the last row, and what is left
// to stream is one stretch of the file.
//
// Every byte of a matrix saves the same time, wherever in the file it stands; the file has the layers first, which
// prompt tokens read too, and the classifier last, which they do not. An embedding that is no classifier stands before
// them all and stays outside: a token reads one row of it.
#pragma once

#include <array>
#include <span>

#include "engine/streaming/stripes.h"
#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/plan.h"

namespace thimble {

struct ResidentRun {
  uint64_t first = 0;  // offsets in the file
  uint64_t last = 0;
  Placement place;
};

class ResidentRuns {
 public:
  using Offsets = std::array<std::array<size_t, kMaxBlocks>, kRegionCount>;

  // The rest of each block is from `first`, a multiple of kBlockAlignment, up to `last`; pieces are of `stream_bytes`.
  ResidentRuns(const Model& model, const Offsets& first, const Offsets& last, uint32_t stream_bytes);
  // As the plan has it.
  ResidentRuns(const Model& model, const Plan& plan)
      : ResidentRuns(model, plan.weights_at, plan.block_bytes, plan.options.stream_bytes) {}

  std::span<const ResidentRun> all() const { return std::span(runs_).first(count_); }
  const Stripes& stripes() const { return stripes_; }
  const Placement& stripes_place() const { return stripes_place_; }
  uint32_t tensors() const { return tensors_; }  // whole ones
  uint64_t end() const { return end_; }          // of the last run; or where weights that are read whole begin

 private:
  void fill(const Model& model, size_t room);
  void add_run(const Model& model, Placement place);

  std::array<ResidentRun, kRegionCount * kMaxBlocks> runs_{};
  size_t count_ = 0;
  uint32_t tensors_ = 0;
  uint32_t index_ = 0;  // of the tensor that the next run begins in
  uint64_t end_ = 0;
  Stripes stripes_;
  Placement stripes_place_;
};

}  // namespace thimble
