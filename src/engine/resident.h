// Which weights live in fast memory: whole tensors in the order of the file, each in the first block whose rest holds
// it. make_plan() walks over the tensors to decide, and the network again, from what the plan states of the blocks, to
// copy them: both with this class, so a plan needs no list of tensors.
//
// A token reads every matrix once, so each byte saves the same there; the file has the layers first, which prompt
// tokens read too, and the classifier last, which they do not.
#pragma once

#include <array>

#include "base/checked.h"
#include "thimble/plan.h"

namespace thimble {

class ResidentWalk {
 public:
  using Offsets = std::array<size_t, kMaxBlocks>;

  // The rest of each block of fast memory: from `first`, a multiple of kBlockAlignment, up to `last`.
  ResidentWalk(const Model& model, const Offsets& first, const Offsets& last)
      : model_(model), first_(first), last_(last) {}
  // As the plan has it.
  ResidentWalk(const Model& model, const Plan& plan)
      : ResidentWalk(model, plan.weights_at, plan.block_bytes[static_cast<size_t>(Region::kFast)]) {}

  struct Step {
    TensorView tensor;
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    bool resident = false;
    Placement place;  // when resident
  };
  // The next tensor of the file; false behind the last.
  bool next(Step* step) {
    if (index_ == model_.tensor_count()) return false;
    step->tensor = model_.tensor_at(index_++, &step->role, &step->layer);
    // Of an embedding that is no classifier a token reads one row: it stays.
    const bool swept = step->role != Role::kTokenEmbedding || model_.config().tied_classifier;
    step->resident = swept && place(step->tensor.bytes, &step->place);
    return true;
  }

 private:
  bool place(uint64_t bytes, Placement* out) {
    for (size_t b = 0; b < kMaxBlocks; ++b) {
      if (first_[b] > last_[b] || bytes > last_[b] - first_[b]) continue;
      *out = {Region::kFast, static_cast<uint8_t>(b), first_[b], static_cast<size_t>(bytes)};
      const size_t padded = round_up(out->bytes, kBlockAlignment);
      first_[b] = padded < last_[b] - first_[b] ? first_[b] + padded : last_[b];
      return true;
    }
    return false;
  }

  const Model& model_;
  Offsets first_;
  Offsets last_;
  uint32_t index_ = 0;
};

}  // namespace thimble
