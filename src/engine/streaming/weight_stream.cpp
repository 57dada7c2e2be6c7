#include "engine/streaming/weight_stream.h"

#include <cstring>

#include "engine/streaming/row_units.h"

namespace thimble {
namespace {

ResidentRuns runs_of(const Model& model, const Plan& plan) {
  return plan.options.weights == WeightHome::kStreamed ? ResidentRuns(model, plan) : ResidentRuns(model, {}, {}, 0);
}

Status mismatch() { return Status::error(Code::kMismatch, "plan made for another model"); }

uint64_t file_end(const Model& model) { return model.data_offset() + model.weight_bytes(); }

}  // namespace

WeightStream::WeightStream(const Model& model, const Plan& plan, const Memory& memory, const WeightReader& reader)
    : model_(model),
      memory_(memory),
      reader_(reader),
      runs_(runs_of(model, plan)),
      streams_(plan.at(Buffer::kStream1).bytes > 0 && runs_.end() < file_end(model)),
      first_block_(static_cast<uint32_t>((runs_.end() - model.data_offset()) / Model::kBlockBytes)),
      classifier_at_(model.tensor(Role::kClassifier).offset),
      chunks_(model, plan, memory, reader) {}

Status WeightStream::load() {
  THIMBLE_RETURN_IF_ERROR(check_room());
  for (const ResidentRun& run : runs_.all()) {
    THIMBLE_RETURN_IF_ERROR(fetch(run.first, memory_.at(run.place)));
    ++loaded_runs_;
  }
  const std::span<std::byte> stripes = memory_.at(runs_.stripes_place());
  for (uint32_t i = 0; i < runs_.stripes().count(); ++i) {
    const Stripes::Kept kept = runs_.stripes().kept(i);
    THIMBLE_RETURN_IF_ERROR(fetch(kept.first, stripes.subspan(kept.at, static_cast<size_t>(kept.last - kept.first))));
    ++loaded_stripes_;
  }
  return {};
}

// Under a plan that was made for this model all is well.
Status WeightStream::check_room() const {
  if (model_.has_weights()) return {};
  if (!streams_ && runs_.end() < file_end(model_)) return mismatch();
  for (uint32_t i = 0; streams_ && i < model_.tensor_count(); ++i) {
    if (row_unit(model_.tensor_at(i, nullptr, nullptr)).bytes > chunks_.headroom()) return mismatch();
  }
  return {};
}

// Bytes from an offset on that need no read; empty where they do.
std::span<const std::byte> WeightStream::in_memory(uint64_t offset) const {
  for (const ResidentRun& run : runs_.all().first(loaded_runs_)) {
    if (offset < run.first || offset >= run.last) continue;
    return memory_.at(run.place).subspan(static_cast<size_t>(offset - run.first));
  }
  if (loaded_stripes_ > 0 && offset >= runs_.end()) return in_stripe(offset);
  return model_.has_weights() ? model_.image().subspan(static_cast<size_t>(offset)) : std::span<const std::byte>();
}

std::span<const std::byte> WeightStream::in_stripe(uint64_t offset) const {
  const uint32_t i = runs_.stripes().index(offset);
  if (i >= loaded_stripes_) return {};
  const Stripes::Kept kept = runs_.stripes().kept(i);
  if (offset < kept.first || offset >= kept.last) return {};
  const auto at = static_cast<size_t>(offset - kept.first);
  return memory_.at(runs_.stripes_place()).subspan(kept.at + at, static_cast<size_t>(kept.last - offset));
}

Status WeightStream::fetch(uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    std::span<const std::byte> bytes = in_memory(offset);
    if (bytes.empty()) {
      if (chunks_.blocks() == 0) return reader_.read(reader_.context, offset, out);
      THIMBLE_RETURN_IF_ERROR(read_blocks(offset, out.size(), &bytes));
    }
    const size_t n = bytes.size() < out.size() ? bytes.size() : out.size();
    std::memcpy(out.data(), bytes.data(), n);
    offset += n;
    out = out.subspan(n);
  }
  return {};
}

// `out` = bytes of the file from an offset on, up to `wanted` of them, in the free slot; more where it has more.
Status WeightStream::read_blocks(uint64_t offset, size_t wanted, std::span<const std::byte>* out) {
  const uint64_t at = offset - model_.data_offset();
  const auto first = static_cast<uint32_t>(at / Model::kBlockBytes);
  const uint64_t count = (at + wanted - 1) / Model::kBlockBytes - first + 1;
  const Chunk& held = chunks_.in(current_);
  if (first < held.first || first >= held.first + held.count) {
    chunks_.begin(current_, {first, count < chunks_.blocks() ? static_cast<uint32_t>(count) : chunks_.blocks()});
  }
  THIMBLE_RETURN_IF_ERROR(chunks_.arrive(current_));
  THIMBLE_RETURN_IF_ERROR(chunks_.verify(current_));
  const std::span<const std::byte> chunk(chunks_.data(current_), chunks_.bytes(held));
  *out = chunk.subspan(static_cast<size_t>(offset - chunks_.offset(held)));
  return {};
}

const std::byte* WeightStream::whole(const TensorView& w) const {
  if (runs_.all().empty()) return w.data;
  for (const ResidentRun& run : runs_.all()) {
    if (w.offset < run.first || w.offset + w.bytes > run.last) continue;
    return memory_.at(run.place).data() + (w.offset - run.first);
  }
  const bool in_parts = w.offset < runs_.end() && w.offset + w.bytes > runs_.all()[0].first;
  return in_parts ? nullptr : w.data;
}

// The i-th chunk of what is streamed; none behind the end.
Chunk WeightStream::chunk(uint32_t i) const {
  const Stripes& stripes = runs_.stripes();
  if (stripes.count() > 0) return i < stripes.count() ? stripes.piece(i) : Chunk{};
  const uint64_t first = first_block_ + uint64_t{i} * chunks_.blocks();
  if (first >= model_.block_count()) return {};
  const uint64_t left = model_.block_count() - first;
  return {static_cast<uint32_t>(first), left < chunks_.blocks() ? static_cast<uint32_t>(left) : chunks_.blocks()};
}

void WeightStream::begin_sweep(bool to_logits) {
  status_ = {};
  if (!streams_) return;
  chunks_.count_sweep();
  sweep_end_ = to_logits ? file_end(model_) : classifier_at_;
  next_ = 0;
  window_ = {chunks_.offset(chunk(0)), chunks_.offset(chunk(0)), nullptr};
  if (chunks_.in(other()) == chunk(0)) return;
  // The sweep before ended early.
  chunks_.drop(current_);
  chunks_.begin(other(), chunk(0));
}

void WeightStream::read_ahead() {
  if (streams_ && in_sweep(0) && in_sweep(1)) chunks_.begin(current_, chunk(1));
}

bool WeightStream::in_sweep(uint32_t i) const { return chunk(i).count > 0 && chunks_.offset(chunk(i)) < sweep_end_; }

// Moves the window to the next chunk, with the bytes from `keep_from` on that are not multiplied yet in front of it.
// The one behind it is under way before the chunk is verified.
void WeightStream::advance(uint64_t keep_from) {
  const uint32_t slot = other();
  const Chunk next = chunk(next_);
  const size_t kept = keep_from < window_.last ? static_cast<size_t>(window_.last - keep_from) : 0;
  if (next.count == 0 || kept > chunks_.headroom()) {
    status_ = mismatch();
    return;
  }
  if (chunks_.in(slot) != next) chunks_.begin(slot, next);
  status_ = chunks_.arrive(slot);
  if (!status_.ok()) return;
  std::byte* data = chunks_.data(slot) - kept;
  if (kept > 0) std::memcpy(data, window_.data + (keep_from - window_.first), kept);
  window_ = {chunks_.offset(next) - kept, chunks_.offset(next) + chunks_.bytes(next), data};
  current_ = slot;
  ++next_;
  const Chunk following = chunk(in_sweep(next_) ? next_ : 0);
  if (chunks_.in(other()) != following) chunks_.begin(other(), following);
  status_ = chunks_.verify(slot);
}

// Bytes from an offset on, `least` or more; empty after an error.
std::span<const std::byte> WeightStream::contiguous(uint64_t offset, size_t least) {
  std::span<const std::byte> bytes = in_memory(offset);
  if (bytes.empty() && streams_) {
    while (status_.ok() && offset + least > window_.last) advance(offset);
    if (status_.ok() && offset >= window_.first) {
      const auto at = static_cast<size_t>(offset - window_.first);
      bytes = {window_.data + at, static_cast<size_t>(window_.last - offset)};
    }
  }
  if (status_.ok() && bytes.size() < least) status_ = mismatch();
  return status_.ok() ? bytes : std::span<const std::byte>();
}

TensorView WeightStream::piece(const TensorView& w, size_t first, size_t last) {
  const RowUnit unit = row_unit(w);
  const uint64_t begin = row_offset(w, unit, first);
  const auto wanted = static_cast<size_t>(row_offset(w, unit, last) - begin);
  const auto bytes = contiguous(begin, wanted < unit.bytes ? wanted : unit.bytes);
  TensorView rows = w;
  rows.data = bytes.data();
  rows.rows = static_cast<uint32_t>(bytes.size() >= wanted ? last - first : bytes.size() / unit.bytes * unit.rows);
  return rows;
}

}  // namespace thimble
