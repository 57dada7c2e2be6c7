#include "text/streamed/vocabulary_stream.h"

#include <limits>

namespace thimble {

static_assert(VocabularyStream::kMaxBucketBytes >=
              round_up<size_t>(vocab::kRecordHeaderBytes + vocab::kMaxPieceBytes, vocab::kRecordAlign));
static_assert(vocab::kMaxPieces <= 1u << 31 && vocab::kMaxBuckets <= 1u << 31);

void VocabularyStream::use(std::span<std::byte> ring) {
  constexpr size_t kMost = std::numeric_limits<uint16_t>::max();
  ring_ = ring.size() < kMost ? ring : ring.first(kMost);
  end_ = first_ = count_ = 0;
}

bool VocabularyStream::read(size_t at, std::span<std::byte> out) {
  if (status_.ok()) status_ = read_with_retries(reader_, section_at_ + at, out);
  return status_.ok();
}

std::span<const std::byte> VocabularyStream::bucket(uint32_t index) {
  if (const Item* item = find(index)) return bytes_of(*item);
  std::byte entries[8];
  if (!read(shape_.buckets_at() + size_t{index} * 4, entries)) return {};
  const size_t begin = load_u32(entries);
  const size_t end = load_u32(entries + 4);
  if (begin < shape_.records_at() || end < begin || end > shape_.section_bytes || end - begin > kMaxBucketBytes) {
    fail("bucket");
    return {};
  }
  const std::span<std::byte> records = add(index, end - begin);
  if (read(begin, records) && (are_records(records) || fail("records of bucket"))) return records;
  drop_newest();
  return {};
}

Record VocabularyStream::record(uint32_t id) {
  if (const Item* item = find(id | kById)) return read_record(bytes_of(*item).data());
  std::byte entry[4];
  if (!read(vocab::kOffsetsAt + size_t{id} * 4, entry)) return {};
  const size_t at = load_u32(entry);
  if (at < shape_.records_at() || at > shape_.section_bytes - vocab::kRecordHeaderBytes) {
    fail("offset of piece");
    return {};
  }
  // As long as any may be; what is behind it goes again.
  const size_t longest = round_up(vocab::kRecordHeaderBytes + size_t{shape_.max_piece_bytes}, vocab::kRecordAlign);
  const size_t left = shape_.section_bytes - at;
  const std::span<std::byte> bytes = add(id | kById, longest < left ? longest : left);
  if (read(at, bytes)) {
    const Record record = read_record(bytes.data());
    if (record.id == id && record.bytes() <= bytes.size() && are_records(bytes.first(record.bytes()))) {
      end_ -= bytes.size() - record.bytes();
      newest().bytes = static_cast<uint16_t>(record.bytes());
      return record;
    }
    fail("record of piece");
  }
  drop_newest();
  return {};
}

const VocabularyStream::Item* VocabularyStream::find(uint32_t key) const {
  for (size_t i = 0; i < count_; ++i) {
    const Item& item = items_[(first_ + i) % kMaxItems];
    if (item.key == key) return &item;
  }
  return nullptr;
}

// A place behind the newest item, or at the front of the ring where that leaves too little; what lies there goes.
std::span<std::byte> VocabularyStream::add(uint32_t key, size_t bytes) {
  if (bytes > ring_.size() - end_) {
    while (count_ > 0 && oldest().at >= end_) drop_oldest();
    end_ = 0;
  }
  while (count_ > 0 && oldest().at >= end_ && oldest().at < end_ + bytes) drop_oldest();
  if (count_ == kMaxItems) drop_oldest();
  ++count_;
  newest() = {key, static_cast<uint16_t>(end_), static_cast<uint16_t>(bytes)};
  end_ += bytes;
  return ring_.subspan(newest().at, bytes);
}

void VocabularyStream::drop_oldest() {
  first_ = (first_ + 1) % kMaxItems;
  --count_;
}

void VocabularyStream::drop_newest() {
  end_ = newest().at;
  --count_;
}

bool VocabularyStream::are_records(std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    if (bytes.size() < vocab::kRecordHeaderBytes) return false;
    const Record record = read_record(bytes.data());
    const bool has_type = record.type >= PieceType::kNormal && record.type <= PieceType::kByte;
    if (record.text.size() > shape_.max_piece_bytes || record.bytes() > bytes.size()) return false;
    if (record.id >= shape_.vocab_size || !has_type) return false;
    bytes = bytes.subspan(record.bytes());
  }
  return true;
}

// What was read is not what Tokenizer::open saw. False.
bool VocabularyStream::fail(const char* subject) {
  status_ = Status::error(Code::kCorrupt, subject);
  return false;
}

}  // namespace thimble
