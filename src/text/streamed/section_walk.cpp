#include "text/streamed/section_walk.h"

#include <cstring>

#include "base/checksum.h"

namespace thimble {
namespace {

constexpr size_t kMaxRecordBytes =
    round_up<size_t>(vocab::kRecordHeaderBytes + vocab::kMaxPieceBytes, vocab::kRecordAlign);

size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

}  // namespace

// Of a small scratch nearly all is a bucket; of a large one, most is offsets.
SectionWalk::SectionWalk(VocabularyStream* stream, std::span<const std::byte> front, uint32_t section_bytes,
                         std::span<std::byte> scratch)
    : stream_(stream), front_(front), section_bytes_(section_bytes) {
  constexpr size_t kMostRecords = 8192;
  constexpr size_t kMostBuckets = 2048;
  constexpr size_t kLeastBuckets = 256;
  const size_t spare = scratch.size() - kLeastBytes;
  const size_t records = VocabularyStream::kMaxBucketBytes + smaller(spare / 8, kMostRecords) / 4 * 4;
  const size_t buckets = kLeastBuckets + smaller(spare / 32, kMostBuckets) / 4 * 4;
  records_.memory = scratch.first(records);
  buckets_.memory = scratch.subspan(records, buckets);
  offsets_.memory = scratch.subspan(records + buckets, (scratch.size() - records - buckets) / 4 * 4);
}

uint32_t SectionWalk::checksum() {
  Checksum32 sum;
  sum.add(front_);
  for (size_t at = front_.size(); at < section_bytes_;) {
    const auto part = records_.memory.first(smaller(records_.memory.size(), section_bytes_ - at));
    if (!stream_->read(at, part)) break;
    sum.add(part);
    at += part.size();
  }
  return sum.value();
}

void SectionWalk::begin(const SectionShape& shape) {
  shape_ = shape;
  stream_->set_shape(shape);
  records_.filled = buckets_.filled = 0;
  offsets_.filled = 0;
  (void)offsets_.bytes_at(vocab::kOffsetsAt + size_t{first_id_} * 4, 4, shape.buckets_at(), stream_);
}

bool SectionWalk::next_offsets() {
  first_id_ += static_cast<uint32_t>(offsets_.memory.size() / 4);
  return first_id_ < shape_.vocab_size;
}

bool SectionWalk::may_have_offset(uint32_t id, size_t at) const {
  const size_t place = (size_t{id} - first_id_) * 4;
  return id < first_id_ || place >= offsets_.memory.size() || load_u32(offsets_.memory.data() + place) == at;
}

uint32_t SectionWalk::bucket_entry(uint32_t index) {
  return load_u32(buckets_.bytes_at(shape_.buckets_at() + size_t{index} * 4, 4, shape_.records_at(), stream_));
}

const std::byte* SectionWalk::record(size_t at, size_t bytes) {
  return records_.bytes_at(at, smaller(bytes, kMaxRecordBytes), section_bytes_, stream_);
}

const std::byte* SectionWalk::Window::bytes_at(size_t from, size_t bytes, size_t end, VocabularyStream* stream) {
  if (from < at || from + bytes > at + filled) {
    at = from;
    filled = smaller(memory.size(), end - from);
    if (!stream->read(from, memory.first(filled))) std::memset(memory.data(), 0, memory.size());
  }
  return memory.data() + (from - at);
}

}  // namespace thimble
