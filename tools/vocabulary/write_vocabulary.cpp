// Builds the VOCB section: records grouped by the hash of their text, so that a chip looks a piece up in two reads.

#include <algorithm>
#include <bit>
#include <cmath>
#include <unordered_map>

#include "base/bytes.h"
#include "base/checked.h"
#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {
namespace {

constexpr uint32_t kUnindexed = 0xffffffff;  // bucket of pieces that no text can become

// Pieces per bucket on average. Two keeps both the table (4 bytes a bucket) and the bucket's records small.
constexpr size_t kPiecesPerBucket = 2;

bool space_behind_other(const std::string& text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == ' ' && text[i - 1] != ' ') return true;
  }
  return false;
}

class SectionWriter {
 public:
  explicit SectionWriter(const Vocabulary& vocabulary)
      : vocabulary_(vocabulary), size_(static_cast<uint32_t>(vocabulary.pieces.size())) {
    bucket_count_ = static_cast<uint32_t>(std::bit_ceil(std::max<size_t>(1, size_ / kPiecesPerBucket)));
  }

  std::vector<std::byte> write() {
    assign_buckets();
    tables_at_ = vocab::kHeaderBytes + 256 * 4;
    buckets_at_ = tables_at_ + size_t{size_} * 4;
    const size_t records_at = buckets_at_ + (size_t{bucket_count_} + 1) * 4;
    out_.resize(records_at);
    write_records();
    write_byte_ids();
    write_header();
    return std::move(out_);
  }

 private:
  const VocabularyPiece& piece(uint32_t id) const { return vocabulary_.pieces[id]; }

  // Of several pieces with the same text only the first can be found.
  void assign_buckets() {
    std::unordered_map<std::string, uint32_t> seen;
    bucket_of_.assign(size_, kUnindexed);
    order_.resize(size_);
    for (uint32_t id = 0; id < size_; ++id) {
      order_[id] = id;
      const PieceType type = piece(id).type;
      const bool listed = type == PieceType::kNormal || type == PieceType::kUser || type == PieceType::kControl;
      if (!listed || piece(id).text.empty() || !seen.emplace(piece(id).text, id).second) continue;
      bucket_of_[id] = vocab::piece_hash(piece(id).text) & (bucket_count_ - 1);
    }
    std::stable_sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) { return bucket_of_[a] < bucket_of_[b]; });
  }

  void write_records() {
    uint32_t next_bucket = 0;
    for (const uint32_t id : order_) {
      // Every bucket up to this one starts here, empty ones included.
      const uint32_t upto = std::min(bucket_of_[id], bucket_count_);
      for (; next_bucket <= upto; ++next_bucket) put_u32(buckets_at_ + size_t{next_bucket} * 4, out_.size());
      put_u32(tables_at_ + size_t{id} * 4, out_.size());
      write_record(id);
    }
    for (; next_bucket <= bucket_count_; ++next_bucket) put_u32(buckets_at_ + size_t{next_bucket} * 4, out_.size());
  }

  void write_record(uint32_t id) {
    const VocabularyPiece& p = piece(id);
    if (p.text.size() > vocab::kMaxPieceBytes) {
      throw Error("vocabulary: piece " + std::to_string(id) + ": " + std::to_string(p.text.size()) +
                  " bytes, .thm allows 1024");
    }
    if (!std::isfinite(p.score)) throw Error("vocabulary: piece " + std::to_string(id) + ": its score is not a number");
    const size_t at = out_.size();
    out_.resize(at + round_up<size_t>(vocab::kRecordHeaderBytes + p.text.size(), 4));
    std::byte* record = out_.data() + at;
    store_u32(record + vocab::kRecordIdAt, id);
    store_f32(record + vocab::kRecordScoreAt, p.score);
    store_u16(record + vocab::kRecordLengthAt, static_cast<uint16_t>(p.text.size()));
    record[vocab::kRecordTypeAt] = static_cast<std::byte>(p.type);
    std::transform(p.text.begin(), p.text.end(), record + vocab::kRecordHeaderBytes,
                   [](char c) { return static_cast<std::byte>(c); });
    longest_ = std::max(longest_, p.text.size());
    if (p.type == PieceType::kUser) ++user_pieces_;
    if (p.type == PieceType::kUser || p.type == PieceType::kControl) {
      longest_special_ = std::max(longest_special_, p.text.size());
    }
    if (p.type == PieceType::kNormal && space_behind_other(p.text)) split_at_space_ = false;
  }

  void write_byte_ids() {
    for (size_t byte = 0; byte < 256; ++byte) put_u32(vocab::kHeaderBytes + byte * 4, vocab::kNoId);
    for (uint32_t id = size_; id-- > 0;) {  // downwards, so that the first of equals stays
      if (piece(id).type != PieceType::kByte) continue;
      has_bytes_ = true;
      put_u32(vocab::kHeaderBytes + size_t{static_cast<uint8_t>(piece(id).text.at(0))} * 4, id);
    }
  }

  void write_header() {
    uint32_t flags = 0;
    if (vocabulary_.add_bos) flags |= vocab::kAddBos;
    if (vocabulary_.add_space) flags |= vocab::kAddSpace;
    if (has_bytes_) flags |= vocab::kByteFallback;
    if (split_at_space_) flags |= vocab::kSplitAtSpace;
    put_u32(vocab::kSizeAt, size_);
    put_u32(vocab::kModelAt, vocab::kBpeByScore);
    put_u32(vocab::kFlagsAt, flags);
    put_u32(vocab::kBosAt, vocabulary_.bos);
    put_u32(vocab::kEosAt, vocabulary_.eos);
    put_u32(vocab::kUnkAt, vocabulary_.unk);
    put_u32(vocab::kBucketCountAt, bucket_count_);
    put_u32(vocab::kMaxPieceBytesAt, longest_);
    put_u32(vocab::kUserPiecesAt, user_pieces_);
    put_u32(vocab::kMaxUserBytesAt, longest_special_);
  }

  void put_u32(size_t at, size_t value) { store_u32(out_.data() + at, static_cast<uint32_t>(value)); }

  const Vocabulary& vocabulary_;
  uint32_t size_;
  uint32_t bucket_count_ = 1;
  std::vector<uint32_t> bucket_of_;  // by id
  std::vector<uint32_t> order_;      // ids in record order
  std::vector<std::byte> out_;
  size_t tables_at_ = 0;
  size_t buckets_at_ = 0;
  size_t longest_ = 0;
  size_t longest_special_ = 0;
  uint32_t user_pieces_ = 0;
  bool split_at_space_ = true;
  bool has_bytes_ = false;
};

}  // namespace

std::vector<std::byte> write_vocabulary(const Vocabulary& vocabulary) {
  if (vocabulary.pieces.empty()) throw Error("vocabulary: no pieces; name a tokenizer with --tokenizer");
  return SectionWriter(vocabulary).write();
}

}  // namespace thimble::tools
