// Which weights live in fast memory: whole tensors in the order of the file, each in the first block whose rest holds
// it. make_plan() walks over the tensors to decide, and the network again, from what the plan states of the blocks, to
// copy them: both with this class, so a plan needs no list of tensors.
//
// A token reads every matrix once, so each byte saves the same there; the file has the layers first, which prompt
// tokens read too, and the classifier last, which they do not.
#pragma once

#include <array>

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
      : ResidentWalk(model, plan.weights_at[kFast], plan.block_bytes[kFast]) {}

  struct Step {
    TensorView tensor;
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    bool swept = false;  // read whole for every token
    bool resident = false;
    Placement place;  // when resident
  };
  // The next tensor of the file; false behind the last.
  bool next(Step* step);
  // The largest rest of a block.
  size_t most_left() const;

 private:
  static constexpr auto kFast = static_cast<size_t>(Region::kFast);

  bool place(uint64_t bytes, Placement* out);

  const Model& model_;
  Offsets first_;
  Offsets last_;
  uint32_t index_ = 0;
};

}  // namespace thimble
