#include "engine/streaming/resident_runs.h"

#include "base/checked.h"
#include "engine/streaming/row_units.h"

namespace thimble {
namespace {

// The last place up to `most` where a matrix may be cut.
uint64_t cut_before(uint64_t most, const TensorView& w) {
  if (most <= w.offset) return w.offset;
  const uint64_t unit_bytes = row_unit(w).bytes;
  return w.offset + (most - w.offset) / unit_bytes * unit_bytes;
}

}  // namespace

ResidentRuns::ResidentRuns(const Model& model, const Offsets& first, const Offsets& last, uint32_t stream_bytes)
    : index_(model.config().tied_classifier ? 0 : 1), end_(model.tensor_at(index_, nullptr, nullptr).offset) {
  Placement rest;  // of the block before; what stays of it is known when there is no other
  for (size_t r = 0; r < kRegionCount; ++r) {
    for (size_t b = 0; b < kMaxBlocks; ++b) {
      if (first[r][b] >= last[r][b]) continue;
      add_run(model, rest);
      rest = {static_cast<Region>(r), static_cast<uint8_t>(b), first[r][b], last[r][b] - first[r][b]};
    }
  }
  stripes_ = Stripes(model, end_, rest.bytes, stream_bytes / Model::kBlockBytes);
  if (stripes_.count() == 0) {
    add_run(model, rest);
    return;
  }
  const auto front = static_cast<size_t>(stripes_.front_end() - end_);
  add_run(model, {rest.region, rest.block, rest.offset, front});
  stripes_place_ = {rest.region, rest.block, rest.offset + round_up(front, kBlockAlignment), stripes_.memory_bytes()};
}

// From the end on, as far as the place has room.
void ResidentRuns::add_run(const Model& model, Placement place) {
  const uint64_t begin = end_;
  fill(model, place.bytes);
  if (end_ == begin) return;
  place.bytes = static_cast<size_t>(end_ - begin);
  runs_[count_++] = {begin, end_, place};
}

// Moves the end as far as `room` bytes go.
void ResidentRuns::fill(const Model& model, size_t room) {
  const uint64_t most = room < UINT64_MAX - end_ ? end_ + room : UINT64_MAX;
  for (; index_ < model.tensor_count(); ++index_) {
    const TensorView w = model.tensor_at(index_, nullptr, nullptr);
    if (w.offset + w.bytes > most) {
      const uint64_t cut = cut_before(most, w);
      if (cut > end_) end_ = cut;
      return;
    }
    end_ = w.offset + w.bytes;
    ++tensors_;
  }
}

}  // namespace thimble
