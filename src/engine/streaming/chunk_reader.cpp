#include "engine/streaming/chunk_reader.h"

#include <cstring>

#include "base/checked.h"

namespace thimble {
namespace {

// A card reads whole sectors: so reads begin and end at multiples of this, though the weights may not.
constexpr size_t kSector = 512;
static_assert(kSector % kBlockAlignment == 0);

}  // namespace

size_t ChunkReader::buffer_bytes(size_t chunk_bytes, size_t headroom) {
  return round_up(headroom, kBlockAlignment) + kSector + chunk_bytes + kSector;
}

ChunkReader::ChunkReader(const Model& model, const Plan& plan, const Memory& memory, const WeightReader& reader)
    : model_(model), reader_(reader), file_bytes_(model.data_offset() + model.weight_bytes()) {
  slots_[0].buffer = memory.at(plan.at(Buffer::kStream0));
  slots_[1].buffer = memory.at(plan.at(Buffer::kStream1));
  if (slots_[0].buffer.empty()) return;
  blocks_ = static_cast<uint32_t>(plan.options.stream_bytes / Model::kBlockBytes);
  headroom_ = slots_[0].buffer.size() - plan.options.stream_bytes - kSector;
}

uint64_t ChunkReader::offset(const Chunk& chunk) const {
  return model_.data_offset() + uint64_t{chunk.first} * Model::kBlockBytes;
}

size_t ChunkReader::bytes(const Chunk& chunk) const {
  const uint64_t left = file_bytes_ - offset(chunk);
  const uint64_t whole = uint64_t{chunk.count} * Model::kBlockBytes;
  return static_cast<size_t>(left < whole ? left : whole);
}

void ChunkReader::begin(uint32_t slot, const Chunk& chunk) {
  drop(slot);
  Slot& s = slots_[slot];
  s.chunk = chunk;
  s.pending = true;
  s.verified = false;
  s.retries_left = kRetries;
  start(slot);
}

Status ChunkReader::arrive(uint32_t slot) {
  Slot& s = slots_[slot];
  if (!s.pending) return {};
  s.pending = false;
  Status status = finish(slot);
  while (!status.ok() && s.retries_left > 0) status = read_again(slot);
  if (!status.ok()) s.chunk = {};
  return status;
}

Status ChunkReader::verify(uint32_t slot) {
  Slot& s = slots_[slot];
  if (s.verified) return {};
  Status status = check(s);
  while (!status.ok() && s.retries_left > 0) {
    status = read_again(slot);
    if (status.ok()) status = check(s);
  }
  s.verified = status.ok();
  if (!status.ok()) s.chunk = {};
  return status;
}

void ChunkReader::drop(uint32_t slot) {
  Slot& s = slots_[slot];
  if (s.pending && s.begun) (void)reader_.wait(reader_.context, slot);
  s.pending = s.begun = false;
  s.chunk = {};
}

// A chunk with the rest of the sectors at its ends, as far as the file goes.
std::span<std::byte> ChunkReader::sectors(const Slot& slot, uint64_t* offset_in_file) const {
  const uint64_t first = offset(slot.chunk);
  const uint64_t last = round_up<uint64_t>(first + bytes(slot.chunk), kSector);
  const size_t before = first % kSector;
  *offset_in_file = first - before;
  const uint64_t end = last < file_bytes_ ? last : file_bytes_;
  return slot.buffer.subspan(headroom_ - before, static_cast<size_t>(end - *offset_in_file));
}

void ChunkReader::start(uint32_t slot) {
  Slot& s = slots_[slot];
  uint64_t at = 0;
  const std::span<std::byte> out = sectors(s, &at);
  ++counts_.reads;
  counts_.bytes += out.size();
  if (!overlaps()) return;
  s.status = reader_.begin(reader_.context, slot, at, out);
  s.begun = s.status.ok();
}

Status ChunkReader::finish(uint32_t slot) {
  Slot& s = slots_[slot];
  if (overlaps()) {
    if (s.begun) s.status = reader_.wait(reader_.context, slot);
    s.begun = false;
  } else {
    uint64_t at = 0;
    const std::span<std::byte> out = sectors(s, &at);
    s.status = reader_.read(reader_.context, at, out);
  }
  return s.status;
}

// The sectors of a chunk begin in front of it, where the beginning of a row, verified, may have been put by now.
Status ChunkReader::read_again(uint32_t slot) {
  --slots_[slot].retries_left;
  ++counts_.retries;
  std::array<std::byte, kSector> front;
  const std::span<std::byte> place = slots_[slot].buffer.subspan(headroom_ - kSector, kSector);
  std::memcpy(front.data(), place.data(), kSector);
  start(slot);
  const Status status = finish(slot);
  std::memcpy(place.data(), front.data(), kSector);
  return status;
}

Status ChunkReader::check(const Slot& slot) const {
  const std::span<const std::byte> all = slot.buffer.subspan(headroom_, bytes(slot.chunk));
  for (uint32_t i = 0; i < slot.chunk.count; ++i) {
    const size_t at = i * Model::kBlockBytes;
    const size_t left = all.size() - at;
    const auto block = all.subspan(at, left < Model::kBlockBytes ? left : Model::kBlockBytes);
    THIMBLE_RETURN_IF_ERROR(model_.check_block(slot.chunk.first + i, block));
  }
  return {};
}

}  // namespace thimble
