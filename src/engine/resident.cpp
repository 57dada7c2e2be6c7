#include "engine/resident.h"

#include "base/checked.h"

namespace thimble {

bool ResidentWalk::next(Step* step) {
  const uint32_t count = model_.tensor_count();
  if (walked_ == count) return false;
  step->index = backwards_ ? count - 1 - walked_ : walked_;
  ++walked_;
  step->tensor = model_.tensor_at(step->index, &step->role, &step->layer);
  // Of an embedding that is no classifier a token reads one row: it stays.
  step->swept = step->role != Role::kTokenEmbedding || model_.config().tied_classifier;
  step->resident = step->swept && place(step->tensor.bytes, &step->place);
  return true;
}

bool ResidentWalk::place(uint64_t bytes, Placement* out) {
  for (size_t b = 0; b < kMaxBlocks; ++b) {
    if (first_[b] > last_[b] || bytes > last_[b] - first_[b]) continue;
    *out = {Region::kFast, static_cast<uint8_t>(b), first_[b], static_cast<size_t>(bytes)};
    const size_t padded = round_up(out->bytes, kBlockAlignment);
    first_[b] = padded < last_[b] - first_[b] ? first_[b] + padded : last_[b];
    return true;
  }
  return false;
}

size_t ResidentWalk::most_left() const {
  size_t most = 0;
  for (size_t b = 0; b < kMaxBlocks; ++b) {
    if (first_[b] < last_[b] && last_[b] - first_[b] > most) most = last_[b] - first_[b];
  }
  return most;
}

}  // namespace thimble
