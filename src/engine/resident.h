// Which weights live in fast memory: whole tensors, each in the first block whose rest holds it. make_plan() walks over
// the tensors to decide, and the network again, from what the plan states of the blocks, to copy them: both with this
// class, so a plan needs no list of tensors.
//
// The order is that of the file backwards where that brings all of them in: the last one is the classifier, by far the
// largest of a small model, and a chip's memory is in pieces, of which one may just hold it. Otherwise it is that of
// the file. A token reads every matrix once, so each byte saves the same; the file has the layers first, which prompt
// tokens read too, and the classifier last, which they do not.
#pragma once

#include <array>

#include "thimble/plan.h"

namespace thimble {

class ResidentWalk {
 public:
  using Offsets = std::array<size_t, kMaxBlocks>;

  // The rest of each block of fast memory: from `first`, a multiple of kBlockAlignment, up to `last`.
  ResidentWalk(const Model& model, const Offsets& first, const Offsets& last, bool backwards)
      : model_(model), first_(first), last_(last), backwards_(backwards) {}
  // As the plan has it.
  ResidentWalk(const Model& model, const Plan& plan)
      : ResidentWalk(model, plan.weights_at[kFast], plan.block_bytes[kFast], plan.backwards) {}

  struct Step {
    uint32_t index = 0;  // in the model's directory
    TensorView tensor;
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    bool swept = false;  // read whole for every token
    bool resident = false;
    Placement place;  // when resident
  };
  // The next tensor; false behind the last.
  bool next(Step* step);
  // The largest rest of a block.
  size_t most_left() const;

 private:
  static constexpr auto kFast = static_cast<size_t>(Region::kFast);

  bool place(uint64_t bytes, Placement* out);

  const Model& model_;
  Offsets first_;
  Offsets last_;
  const bool backwards_;
  uint32_t walked_ = 0;
};

}  // namespace thimble
