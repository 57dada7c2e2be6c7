#include "text/check_section.h"

#include <bit>

#include "text/byte_level/byte_level.h"
#include "text/piece_index.h"
#include "text/streamed/section_walk.h"

namespace thimble {
namespace {

Status malformed(const char* subject) { return Status::error(Code::kMalformed, subject); }

// What this build knows, and the words for what it does not.
constexpr uint32_t kKnownFlags =
    vocab::kFlagsOfMinor0 | vocab::kFlagsOfMinor1 | (byte_level::kLinked ? vocab::kFlagsOfMinor2 : 0);
constexpr const char* kOfFlags = byte_level::kLinked ? "vocabulary flags" : "vocabulary (THIMBLE_BYTE_LEVEL)";
constexpr size_t kReservedAt = byte_level::kLinked ? vocab::kReservedAt : vocab::kSplitRuleAt;

bool is_finite(float f) { return (std::bit_cast<uint32_t>(f) & 0x7f800000) != 0x7f800000; }

// A pointer to a walk, which takes no room where streams are not linked.
struct NoWalk {
  constexpr operator SectionWalk*() const { return nullptr; }
};
using WalkPointer = std::conditional_t<kStreaming, SectionWalk*, NoWalk>;

// Walks all records once, in file order, and holds each against the tables that point to it.
class SectionChecker {
 public:
  // `section`: of one with a walk its front.
  SectionChecker(std::span<const std::byte> section, uint32_t vocab_size, PieceSummary* summary, WalkPointer walk = {})
      : section_(section), tokens_(vocab_size), walk_(walk), summary_(*summary) {}

  Status check() {
    THIMBLE_RETURN_IF_ERROR(check_header());
    THIMBLE_RETURN_IF_ERROR(check_tables_fit());
    for (uint32_t bucket = 0; bucket < bucket_count_; ++bucket) THIMBLE_RETURN_IF_ERROR(check_bucket(bucket));
    THIMBLE_RETURN_IF_ERROR(check_unlisted());
    THIMBLE_RETURN_IF_ERROR(check_byte_ids());
    return check_summary();
  }

 private:
  uint32_t field(size_t at) const { return load_u32(section_.data() + at); }

  // Where the bytes are. Those of a record stay valid until the next call.
  size_t section_bytes() const {
    if constexpr (kStreaming) {
      if (SectionWalk* walk = walk_) return walk->section_bytes();
    }
    return section_.size();
  }
  const std::byte* record_at(size_t at, size_t bytes) const {
    if constexpr (kStreaming) {
      if (SectionWalk* walk = walk_) return walk->record(at, bytes);
    }
    return section_.data() + at;
  }
  uint32_t bucket_entry(uint32_t index) const {
    if constexpr (kStreaming) {
      if (SectionWalk* walk = walk_) return walk->bucket_entry(index);
    }
    return load_u32(index_.buckets + size_t{index} * 4);
  }
  bool has_offset(uint32_t id, size_t at) const {
    if constexpr (kStreaming) {
      if (SectionWalk* walk = walk_) return walk->may_have_offset(id, at);
    }
    return load_u32(section_.data() + vocab::kOffsetsAt + size_t{id} * 4) == at;
  }

  bool has_flag(uint32_t flag) const { return (field(vocab::kFlagsAt) & flag) != 0; }

  Status another_size() const { return Status::error(Code::kMismatch, "vocabulary size").got(size_, tokens_); }

  Status check_header() {
    if (tokens_ == 0 || tokens_ > vocab::kMaxPieces) {
      return Status::error(Code::kLimit, "vocabulary size").above(tokens_, vocab::kMaxPieces);
    }
    if (section_bytes() < vocab::kHeaderBytes) {
      return Status::error(Code::kTruncated, "vocabulary").got(section_bytes(), vocab::kHeaderBytes);
    }
    size_ = field(vocab::kSizeAt);
    if (size_ < tokens_ || size_ > vocab::kMaxPieces) return another_size();
    if (field(vocab::kModelAt) != vocab::kBpeByScore) {
      return Status::error(Code::kUnsupported, "vocabulary model").got(field(vocab::kModelAt), vocab::kBpeByScore);
    }
    if ((field(vocab::kFlagsAt) & ~kKnownFlags) != 0) {
      return Status::error(Code::kUnsupported, kOfFlags).got(field(vocab::kFlagsAt), kKnownFlags);
    }
    for (const size_t at : {vocab::kBosAt, vocab::kEosAt, vocab::kUnkAt}) {
      if (field(at) != vocab::kNoId && field(at) >= tokens_) {
        return malformed("special token id").above(field(at), tokens_ - 1);
      }
    }
    if (has_flag(vocab::kAddBos) && field(vocab::kBosAt) == vocab::kNoId) return malformed("vocabulary without BOS");
    if (byte_level::kLinked && !is_known_rule(field(vocab::kSplitRuleAt))) {
      return Status::error(Code::kUnsupported, "split rule")
          .got(field(vocab::kSplitRuleAt), byte_level::kLastSplitRule);
    }
    for (size_t i = kReservedAt; i < vocab::kHeaderBytes; ++i) {
      if (section_[i] != std::byte{0}) return malformed("reserved bytes of vocabulary").at(i);
    }
    return {};
  }

  bool is_known_rule(uint32_t rule) const {
    return has_flag(vocab::kByteLevel) ? rule > 0 && rule <= byte_level::kLastSplitRule : rule == 0;
  }

  Status check_tables_fit() {
    bucket_count_ = field(vocab::kBucketCountAt);
    if (!is_power_of_two(bucket_count_) || bucket_count_ > vocab::kMaxBuckets) {
      return malformed("bucket count").above(bucket_count_, vocab::kMaxBuckets);
    }
    longest_ = field(vocab::kMaxPieceBytesAt);
    if (longest_ > vocab::kMaxPieceBytes) {
      return Status::error(Code::kLimit, "longest piece").above(longest_, vocab::kMaxPieceBytes);
    }
    // Both counts are capped, so this is far from overflow.
    at_ = vocab::buckets_at(size_) + (size_t{bucket_count_} + 1) * 4;
    if (section_bytes() < at_) return Status::error(Code::kTruncated, "vocabulary").got(section_bytes(), at_);
    if constexpr (kStreaming) {
      if (SectionWalk* walk = walk_) {
        walk->begin({size_, bucket_count_, longest_, static_cast<uint32_t>(walk->section_bytes())});
        index_ = PieceIndex(section_.data(), StreamPointer(walk->stream()), bucket_count_, longest_);
        return {};
      }
    }
    index_ = PieceIndex(section_.data(), size_, bucket_count_, longest_);
    return {};
  }

  Status check_bucket(uint32_t bucket) {
    const size_t start = at_;
    if (bucket_entry(bucket) != start) return malformed("start of bucket").at(bucket);
    const uint32_t end = bucket_entry(bucket + 1);
    if (end < start || end > section_bytes()) return malformed("end of bucket").at(bucket);
    THIMBLE_RETURN_IF_ERROR(hold_bucket(bucket, end));
    uint32_t previous_id = 0;
    for (uint32_t n = 0; at_ < end; ++n) {
      const size_t at = at_;
      Record record;
      THIMBLE_RETURN_IF_ERROR(check_record(end, &record));
      if (n >= vocab::kMaxBucketRecords) return malformed("pieces in bucket").at(bucket);
      if (!is_listed(record)) return malformed("type of piece in bucket").at(record.id);
      if ((vocab::piece_hash(record.text) & (bucket_count_ - 1)) != bucket) {
        return malformed("bucket of piece").at(record.id);
      }
      if (n > 0 && record.id < previous_id) return malformed("order of pieces in bucket").at(bucket);
      if (listed_between(start, at, record)) return malformed("piece listed twice").at(record.id);
      previous_id = record.id;
    }
    return {};
  }

  // Of a section that is not in memory, all records of the bucket, so that they can be compared.
  Status hold_bucket(uint32_t bucket, size_t end) const {
    if constexpr (kStreaming) {
      constexpr size_t kMost = VocabularyStream::kMaxBucketBytes;
      SectionWalk* walk = walk_;
      if (walk == nullptr) return {};
      if (end - at_ > kMost) return Status::error(Code::kLimit, "bytes of bucket").at(bucket).above(end - at_, kMost);
      walk->hold_records(at_, end - at_);
    }
    return {};
  }

  // The bit of unused pieces among types, where they merge.
  uint32_t merging_unused() const { return field(vocab::kFlagsAt) & vocab::kMergeUnused; }
  // Whether a bucket lists pieces like this one.
  bool is_listed(const Record& record) const {
    return (type_bit(record.type) & (kIndexedTypes | merging_unused())) != 0 && !record.text.empty();
  }

  // Whether the checked records of [start, end) hold one with the text and type of `record`. At most
  // kMaxBucketRecords.
  bool listed_between(size_t start, size_t end, const Record& record) const {
    while (start < end) {
      const Record other = read_record(record_at(start, end - start));
      if (other.type == record.type && other.text == record.text) return true;
      start += other.bytes();
    }
    return false;
  }

  // Records behind the last bucket: those that no lookup returns.
  Status check_unlisted() {
    if (bucket_entry(bucket_count_) != at_) return malformed("end of bucket");
    while (at_ < section_bytes()) {
      Record record;
      THIMBLE_RETURN_IF_ERROR(check_record(section_bytes(), &record));
      if (!is_listed(record)) continue;
      const std::byte* listed = index_.find(record.text, type_bit(record.type));
      if (listed == nullptr || read_record(listed).id > record.id) return malformed("piece in no bucket").at(record.id);
    }
    if (count_ != size_) return malformed("number of pieces").got(count_, size_);
    return {};
  }

  // The record at at_, which must end by `end`; moves at_ behind it.
  Status check_record(size_t end, Record* record) {
    const std::byte* p = record_at(at_, end - at_);
    if (end - at_ < vocab::kRecordHeaderBytes) return malformed("end of piece record").at(count_);
    const size_t length = load_u16(p + vocab::kRecordLengthAt);
    const size_t bytes = round_up(vocab::kRecordHeaderBytes + length, vocab::kRecordAlign);
    if (bytes > end - at_) return malformed("length of piece record").at(count_);
    if (length > longest_) return malformed("length of piece").at(count_).above(length, longest_);
    for (size_t i = vocab::kRecordHeaderBytes + length; i < bytes; ++i) {
      if (p[i] != std::byte{0}) return malformed("padding of piece record").at(count_);
    }
    const bool may_have_left = byte_level::kLinked && has_flag(vocab::kMergeLefts);
    if (p[vocab::kRecordLeftAt] != std::byte{0} && !may_have_left) {
      return malformed("padding of piece record").at(count_);
    }
    *record = read_record(p);
    // One offset per id: this finds two records of one id, and `count_ == size_` then finds an id without a record.
    if (record->id >= size_) return malformed("id of piece record").at(count_).above(record->id, size_ - 1);
    if (!has_offset(record->id, at_)) return malformed("offset of piece").at(record->id);
    THIMBLE_RETURN_IF_ERROR(check_piece(*record));
    at_ += bytes;
    ++count_;
    return {};
  }

  Status check_piece(const Record& record) {
    if (record.type < PieceType::kNormal || record.type > PieceType::kByte)
      return malformed("type of piece").at(record.id);
    if (record.id >= tokens_ && record.type != PieceType::kUnused) return another_size();
    if (!is_finite(record.score)) return malformed("score of piece").at(record.id);
    const auto length = static_cast<uint32_t>(record.text.size());
    if (length == 0 && record.type != PieceType::kUnused) return malformed("empty piece").at(record.id);
    if (length > found_longest_) found_longest_ = length;
    if (record.type != PieceType::kUnused && record.id >= summary_.sampled_size) summary_.sampled_size = record.id + 1;
    if (record.type == PieceType::kUser) ++found_user_;
    if (record.type == PieceType::kUser || record.type == PieceType::kControl) {
      const auto first = static_cast<uint8_t>(record.text[0]);
      summary_.special_first[first / 32] |= 1u << (first % 32);
      if (length > found_longest_special_) found_longest_special_ = length;
    }
    const bool merges = (type_bit(record.type) & (type_bit(PieceType::kNormal) | merging_unused())) != 0;
    if (merges && has_flag(vocab::kSplitAtSpace) && !vocab::whole_at_spaces(record.text)) {
      return malformed("space inside piece").at(record.id);
    }
    if (record.type == PieceType::kByte) {
      if (length != 1) return malformed("length of byte piece").at(record.id);
      const auto byte = static_cast<uint8_t>(record.text[0]);
      const uint32_t id = index_.byte_id(record.text[0]);
      if (id > record.id) return malformed("byte id").at(byte);
      if (id == record.id) named_bytes_[byte / 32] |= 1u << (byte % 32);
    }
    return {};
  }

  // After all records: every entry names a byte piece of its byte.
  Status check_byte_ids() {
    for (uint32_t byte = 0; byte < vocab::kByteIds; ++byte) {
      const uint32_t id = index_.byte_id(static_cast<char>(byte));
      if (id == vocab::kNoId) continue;
      if (id >= size_) return malformed("byte id").at(byte).above(id, size_ - 1);
      if ((named_bytes_[byte / 32] >> (byte % 32) & 1) == 0) return malformed("byte id").at(byte);
      ++found_bytes_;
    }
    return {};
  }

  // What the header says about all pieces together.
  Status check_summary() {
    if (found_longest_ != longest_) return malformed("longest piece").got(longest_, found_longest_);
    if (field(vocab::kUserPiecesAt) != found_user_) {
      return malformed("user-defined pieces").got(field(vocab::kUserPiecesAt), found_user_);
    }
    if (field(vocab::kMaxUserBytesAt) != found_longest_special_) {
      return malformed("longest user-defined piece").got(field(vocab::kMaxUserBytesAt), found_longest_special_);
    }
    if (has_flag(vocab::kByteFallback) != (found_bytes_ > 0)) return malformed("byte fallback flag");
    // Then every text has tokens.
    const bool drops_bytes = byte_level::kLinked && has_flag(vocab::kByteLevel);
    if (field(vocab::kUnkAt) == vocab::kNoId && found_bytes_ < vocab::kByteIds && !drops_bytes) {
      return malformed("unknown token id").above(vocab::kNoId, size_ - 1);
    }
    return {};
  }

  std::span<const std::byte> section_;
  uint32_t tokens_;    // ids that the model knows
  uint32_t size_ = 0;  // ids of pieces: behind the tokens only steps of merging
  [[no_unique_address]] WalkPointer walk_;
  PieceSummary& summary_;
  uint32_t bucket_count_ = 0;
  uint32_t longest_ = 0;
  PieceIndex index_;
  size_t at_ = 0;       // the next record
  uint32_t count_ = 0;  // records behind us
  uint32_t found_longest_ = 0;
  uint32_t found_longest_special_ = 0;
  uint32_t found_user_ = 0;
  uint32_t found_bytes_ = 0;
  uint32_t named_bytes_[vocab::kByteIds / 32] = {};  // set of the bytes whose entry is the id of their piece
};

}  // namespace

Status check_section(std::span<const std::byte> section, uint32_t vocab_size, PieceSummary* summary) {
  return SectionChecker(section, vocab_size, summary).check();
}

#if THIMBLE_STREAMING
Status check_section(SectionWalk* walk, uint32_t vocab_size, PieceSummary* summary) {
  do {
    const Status status = SectionChecker(walk->front(), vocab_size, summary, walk).check();
    // What could not be read counts as zeros, which the check may have found wrong.
    THIMBLE_RETURN_IF_ERROR(walk->stream()->status());
    THIMBLE_RETURN_IF_ERROR(status);
  } while (walk->next_offsets());
  return {};
}
#endif

}  // namespace thimble
