// Opening a vocabulary section, and every question about single pieces.

#include "thimble/tokenizer.h"

#include "base/bytes.h"
#include "base/checked.h"
#include "text/records.h"
#include "text/vocabulary_layout.h"

namespace thimble {
namespace {

constexpr uint32_t kKnownFlags = vocab::kAddBos | vocab::kAddSpace | vocab::kByteFallback | vocab::kSplitAtSpace;
constexpr uint32_t kMaxBuckets = 1u << 21;

Status malformed(const char* subject) { return Status::error(Code::kMalformed, subject); }

bool is_finite(float f) { return (std::bit_cast<uint32_t>(f) & 0x7f800000) != 0x7f800000; }

bool known_type(PieceType type) { return type >= PieceType::kNormal && type <= PieceType::kByte; }

// Pieces that the lookup index lists.
bool indexed(PieceType type) {
  return type == PieceType::kNormal || type == PieceType::kUser || type == PieceType::kControl;
}

// Walks all records once, bucket by bucket, and holds each against the tables that point to it.
class RecordChecker {
 public:
  RecordChecker(std::span<const std::byte> section, uint32_t vocab_size, uint32_t buckets, uint32_t max_piece_bytes)
      : section_(section), vocab_size_(vocab_size), buckets_(buckets), max_piece_bytes_(max_piece_bytes) {}

  Status check_all(size_t records_at) {
    at_ = records_at;
    const std::byte* table = section_.data() + buckets_at(vocab_size_);
    for (uint32_t b = 0; b < buckets_; ++b) {
      if (load_u32(table + size_t{b} * 4) != at_) return malformed("start of bucket").at(b);
      const size_t end = load_u32(table + (size_t{b} + 1) * 4);
      if (end < at_ || end > section_.size()) return malformed("end of bucket").at(b);
      while (at_ < end) {
        THIMBLE_RETURN_IF_ERROR(check_record(end));
        if (!indexed(last_.type)) return malformed("piece that cannot be looked up, in bucket").at(b);
        if ((vocab::piece_hash(last_.text) & (buckets_ - 1)) != b) return malformed("piece in the wrong bucket").at(b);
      }
    }
    while (at_ < section_.size()) THIMBLE_RETURN_IF_ERROR(check_record(section_.size()));
    if (count_ != vocab_size_) return malformed("number of pieces").got(count_, vocab_size_);
    return {};
  }

 private:
  // The record at at_, which must end by `end`; moves at_ behind it.
  Status check_record(size_t end) {
    const std::byte* p = section_.data() + at_;
    if (end - at_ < vocab::kRecordHeaderBytes) return malformed("piece record").at(count_);
    if (load_u16(p + vocab::kRecordLengthAt) > end - at_ - vocab::kRecordHeaderBytes) {
      return malformed("length of piece").at(count_);
    }
    last_ = read_record(p);
    if (last_.bytes() > end - at_) return malformed("padding of piece").at(count_);
    for (size_t i = vocab::kRecordHeaderBytes + last_.text.size(); i < last_.bytes(); ++i) {
      if (p[i] != std::byte{0}) return malformed("padding of piece").at(count_);
    }
    if (p[vocab::kRecordZeroAt] != std::byte{0}) return malformed("reserved byte of piece").at(count_);
    if (last_.id >= vocab_size_) return malformed("id of piece").at(count_).got(last_.id, vocab_size_ - 1);
    if (!known_type(last_.type)) return malformed("type of piece").at(last_.id);
    if (!is_finite(last_.score)) return malformed("score of piece").at(last_.id);
    if (last_.text.size() > max_piece_bytes_) return malformed("length of piece").at(last_.id);
    if (last_.type == PieceType::kByte && last_.text.size() != 1) return malformed("byte piece").at(last_.id);
    // One offset per id, so this also finds two records of one id.
    if (load_u32(section_.data() + kOffsetsAt + size_t{last_.id} * 4) != at_) {
      return malformed("offset of piece").at(last_.id);
    }
    at_ += last_.bytes();
    ++count_;
    return {};
  }

  std::span<const std::byte> section_;
  uint32_t vocab_size_;
  uint32_t buckets_;
  uint32_t max_piece_bytes_;
  size_t at_ = 0;
  uint32_t count_ = 0;
  Record last_;
};

// Bounds of the header's fields; the tables they describe must fit the section.
Status check_header(std::span<const std::byte> section, uint32_t vocab_size) {
  const std::byte* p = section.data();
  if (section.size() < vocab::kHeaderBytes) {
    return Status::error(Code::kTruncated, "vocabulary").got(section.size(), vocab::kHeaderBytes);
  }
  if (load_u32(p + vocab::kSizeAt) != vocab_size) {
    return Status::error(Code::kMismatch, "vocabulary size").got(load_u32(p + vocab::kSizeAt), vocab_size);
  }
  if (load_u32(p + vocab::kModelAt) != vocab::kBpeByScore) return Status::error(Code::kUnsupported, "vocabulary model");
  if ((load_u32(p + vocab::kFlagsAt) & ~kKnownFlags) != 0) return Status::error(Code::kUnsupported, "vocabulary flags");
  for (const size_t at : {vocab::kBosAt, vocab::kEosAt, vocab::kUnkAt}) {
    const uint32_t id = load_u32(p + at);
    if (id != vocab::kNoId && id >= vocab_size) return malformed("special token id").got(id, vocab_size - 1);
  }
  const uint32_t buckets = load_u32(p + vocab::kBucketCountAt);
  if (!is_power_of_two(buckets) || buckets > kMaxBuckets) return malformed("bucket count").got(buckets, kMaxBuckets);
  const uint32_t longest = load_u32(p + vocab::kMaxPieceBytesAt);
  if (longest > vocab::kMaxPieceBytes) {
    return Status::error(Code::kLimit, "longest piece").got(longest, vocab::kMaxPieceBytes);
  }
  if (load_u32(p + vocab::kMaxUserBytesAt) > longest) return malformed("longest user-defined piece");
  for (size_t i = vocab::kReservedAt; i < vocab::kHeaderBytes; ++i) {
    if (p[i] != std::byte{0}) return malformed("reserved bytes of the vocabulary");
  }
  // vocab_size <= 2^20 and buckets <= 2^21: no overflow.
  const size_t tables_end = buckets_at(vocab_size) + (size_t{buckets} + 1) * 4;
  if (section.size() < tables_end) return Status::error(Code::kTruncated, "vocabulary").got(section.size(), tables_end);
  return {};
}

Status check_byte_ids(std::span<const std::byte> section, uint32_t vocab_size) {
  for (uint32_t byte = 0; byte < 256; ++byte) {
    const uint32_t id = load_u32(section.data() + kByteIdsAt + size_t{byte} * 4);
    if (id == vocab::kNoId) continue;
    if (id >= vocab_size) return malformed("byte id").at(byte).got(id, vocab_size - 1);
    const Record record = read_record(section.data() + load_u32(section.data() + kOffsetsAt + size_t{id} * 4));
    if (record.type != PieceType::kByte || static_cast<uint8_t>(record.text[0]) != byte) {
      return malformed("byte id").at(byte);
    }
  }
  return {};
}

}  // namespace

Status Tokenizer::open(std::span<const std::byte> section, uint32_t vocab_size) {
  *this = Tokenizer();
  if (vocab_size == 0 || vocab_size > (1u << 20)) return Status::error(Code::kLimit, "vocab_size").got(vocab_size, 1u << 20);
  THIMBLE_RETURN_IF_ERROR(check_header(section, vocab_size));
  const std::byte* p = section.data();
  const uint32_t buckets = load_u32(p + vocab::kBucketCountAt);
  const uint32_t longest = load_u32(p + vocab::kMaxPieceBytesAt);
  const size_t records_at = buckets_at(vocab_size) + (size_t{buckets} + 1) * 4;
  THIMBLE_RETURN_IF_ERROR(RecordChecker(section, vocab_size, buckets, longest).check_all(records_at));
  THIMBLE_RETURN_IF_ERROR(check_byte_ids(section, vocab_size));

  section_ = section;
  vocab_size_ = vocab_size;
  flags_ = load_u32(p + vocab::kFlagsAt);
  bos_ = load_u32(p + vocab::kBosAt);
  eos_ = load_u32(p + vocab::kEosAt);
  unk_ = load_u32(p + vocab::kUnkAt);
  bucket_count_ = buckets;
  max_piece_bytes_ = longest;
  user_pieces_ = load_u32(p + vocab::kUserPiecesAt);
  max_user_bytes_ = load_u32(p + vocab::kMaxUserBytesAt);
  return {};
}

const std::byte* Tokenizer::record_at(uint32_t id) const {
  return section_.data() + load_u32(section_.data() + kOffsetsAt + size_t{id} * 4);
}

const std::byte* Tokenizer::find_record(std::string_view text) const {
  if (section_.empty() || text.size() > max_piece_bytes_) return nullptr;
  const uint32_t bucket = vocab::piece_hash(text) & (bucket_count_ - 1);
  const std::byte* entry = section_.data() + buckets_at(vocab_size_) + size_t{bucket} * 4;
  const std::byte* record = section_.data() + load_u32(entry);
  const std::byte* end = section_.data() + load_u32(entry + 4);
  while (record < end) {
    const Record candidate = read_record(record);
    if (candidate.text == text) return record;
    record += candidate.bytes();
  }
  return nullptr;
}

uint32_t Tokenizer::find(std::string_view text) const {
  const std::byte* record = find_record(text);
  return record != nullptr ? read_record(record).id : kNoToken;
}

std::string_view Tokenizer::piece(uint32_t id) const {
  if (id >= vocab_size_) return {};
  const Record record = read_record(record_at(id));
  return record.matches_text() || record.type == PieceType::kByte ? record.text : std::string_view{};
}

std::string_view Tokenizer::decode(uint32_t previous, uint32_t id) const {
  std::string_view text = piece(id);
  if (adds_space() && previous == bos_ && previous != kNoToken && !text.empty() && text[0] == ' ') text.remove_prefix(1);
  return text;
}

std::string_view Tokenizer::name(uint32_t id) const {
  return id < vocab_size_ ? read_record(record_at(id)).text : std::string_view{};
}

PieceType Tokenizer::type(uint32_t id) const {
  return id < vocab_size_ ? read_record(record_at(id)).type : PieceType::kUnused;
}

float Tokenizer::score(uint32_t id) const { return id < vocab_size_ ? read_record(record_at(id)).score : 0.0f; }

bool Tokenizer::adds_bos() const { return (flags_ & vocab::kAddBos) != 0 && bos_ != kNoToken; }

bool Tokenizer::adds_space() const { return (flags_ & vocab::kAddSpace) != 0; }

uint32_t Tokenizer::byte_id(uint8_t byte) const { return load_u32(section_.data() + kByteIdsAt + size_t{byte} * 4); }

}  // namespace thimble
