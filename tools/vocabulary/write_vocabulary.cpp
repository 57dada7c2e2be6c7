// Builds the VOCB section: records grouped by the hash of their text, so that a chip looks a piece up in two reads.

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/checked.h"
#include "format/layout.h"
#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/vocabulary/piece_text.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {
namespace {

constexpr const char* kName = "vocabulary";
constexpr uint32_t kUnlisted = 0xffffffff;  // bucket of pieces that no lookup returns

// Pieces per bucket at most on average. With two, the table takes 2 to 4 bytes per piece, and the one or two records
// that a lookup of the 32,000-piece vocabulary reads lie in one or two cache lines.
constexpr size_t kPiecesPerBucket = 2;

// What the version of a file depends on is read from there, too.
static_assert(format::vocabulary::kSizeAt == vocab::kSizeAt);
static_assert(format::vocabulary::kFlagsAt == vocab::kFlagsAt);
static_assert(format::vocabulary::kFlagsOfMinor1 == vocab::kFlagsOfMinor1);
static_assert(format::vocabulary::kFlagsOfMinor2 == vocab::kFlagsOfMinor2);

// Numbers about all pieces that the header states, found on the way.
struct Summary {
  size_t longest = 0;
  size_t longest_special = 0;
  size_t user_pieces = 0;
  size_t known_bytes = 0;
  bool split_at_space = true;
  bool lefts = false;
};

class SectionWriter {
 public:
  explicit SectionWriter(const Vocabulary& vocabulary)
      : vocabulary_(vocabulary), size_(static_cast<uint32_t>(vocabulary.pieces.size())) {}

  std::vector<std::byte> write() {
    for (uint32_t id = 0; id < size_; ++id) check(id);
    choose_buckets();
    out_.resize(vocab::buckets_at(size_) + (size_t{bucket_count_} + 1) * 4);
    write_records();
    write_byte_ids();
    write_header();
    return std::move(out_);
  }

 private:
  const VocabularyPiece& piece(uint32_t id) const { return vocabulary_.pieces[id]; }

  bool is_byte_level() const { return vocabulary_.split_rule != byte_level::SplitRule::kNone; }

  void check(uint32_t id) {
    const VocabularyPiece& p = piece(id);
    check_piece(p, kName, id);
    if (p.type < PieceType::kNormal || p.type > PieceType::kByte) {
      throw Error(piece_place(kName, id) + ": unknown type " + std::to_string(static_cast<int>(p.type)) +
                  "; types are 1 to 6");
    }
    if (p.type == PieceType::kByte && p.text.size() != 1) {
      throw Error(piece_place(kName, id) + ": a byte piece of " + std::to_string(p.text.size()) +
                  " bytes; it must hold its one raw byte");
    }
    const bool special = p.type == PieceType::kUser || p.type == PieceType::kControl;
    summary_.longest = std::max(summary_.longest, p.text.size());
    if (special) summary_.longest_special = std::max(summary_.longest_special, p.text.size());
    if (p.type == PieceType::kUser) ++summary_.user_pieces;
    if (merges(p) && !vocab::whole_at_spaces(p.text)) summary_.split_at_space = false;
    if (p.left != vocab::kAnyLeft) summary_.lefts = true;
  }

  bool merges(const VocabularyPiece& p) const {
    return p.type == PieceType::kNormal ||
           (vocabulary_.merge_unused && p.type == PieceType::kUnused && !p.text.empty());
  }
  bool is_listed(const VocabularyPiece& p) const {
    return merges(p) || p.type == PieceType::kUser || p.type == PieceType::kControl;
  }

  // The smallest legal number of buckets, by average and by the fullest one.
  void choose_buckets() {
    list_pieces();
    const size_t wanted = (listed_.size() + kPiecesPerBucket - 1) / kPiecesPerBucket;
    for (size_t count = std::bit_ceil(std::max<size_t>(1, wanted)); count <= vocab::kMaxBuckets; count *= 2) {
      std::vector<uint8_t> load(count);
      const bool fits = std::all_of(listed_.begin(), listed_.end(), [&](uint32_t id) {
        return ++load[vocab::piece_hash(piece(id).text) & (count - 1)] <= vocab::kMaxBucketRecords;
      });
      if (!fits) continue;
      bucket_count_ = static_cast<uint32_t>(count);
      return;
    }
    throw Error(std::string(kName) + ": more than " + std::to_string(vocab::kMaxBucketRecords) +
                " pieces share a hash; this cannot happen by chance, get the tokenizer from another source");
  }

  // Of several pieces with the same text and type only the first can be found.
  void list_pieces() {
    std::set<std::pair<std::string_view, PieceType>> seen;
    for (uint32_t id = 0; id < size_; ++id) {
      if (is_listed(piece(id)) && seen.emplace(piece(id).text, piece(id).type).second) listed_.push_back(id);
    }
  }

  // By bucket, and by id within one; the pieces that are not listed behind them all.
  std::vector<std::pair<uint32_t, uint32_t>> record_order() const {
    std::vector<std::pair<uint32_t, uint32_t>> order(size_);
    for (uint32_t id = 0; id < size_; ++id) order[id] = {kUnlisted, id};
    for (const uint32_t id : listed_) order[id].first = vocab::piece_hash(piece(id).text) & (bucket_count_ - 1);
    std::sort(order.begin(), order.end());
    return order;
  }

  void write_records() {
    uint32_t next_bucket = 0;
    // Every bucket up to this one that has no start yet starts here: those in between are empty.
    const auto start_buckets = [&](uint32_t last) {
      for (; next_bucket <= last; ++next_bucket) {
        put_u32(vocab::buckets_at(size_) + size_t{next_bucket} * 4, out_.size());
      }
    };
    for (const auto& [bucket, id] : record_order()) {
      start_buckets(std::min(bucket, bucket_count_));
      put_u32(vocab::kOffsetsAt + size_t{id} * 4, out_.size());
      write_record(id);
    }
    start_buckets(bucket_count_);
  }

  void write_record(uint32_t id) {
    const VocabularyPiece& p = piece(id);
    const size_t at = out_.size();
    out_.resize(at + round_up(vocab::kRecordHeaderBytes + p.text.size(), vocab::kRecordAlign));
    std::byte* record = out_.data() + at;
    store_u32(record + vocab::kRecordIdAt, id);
    store_f32(record + vocab::kRecordScoreAt, p.score);
    store_u16(record + vocab::kRecordLengthAt, static_cast<uint16_t>(p.text.size()));
    record[vocab::kRecordTypeAt] = static_cast<std::byte>(p.type);
    record[vocab::kRecordLeftAt] = static_cast<std::byte>(p.left);
    std::transform(p.text.begin(), p.text.end(), record + vocab::kRecordHeaderBytes,
                   [](char c) { return static_cast<std::byte>(c); });
  }

  void write_byte_ids() {
    for (size_t byte = 0; byte < vocab::kByteIds; ++byte) put_u32(vocab::kByteIdsAt + byte * 4, vocab::kNoId);
    for (uint32_t id = 0; id < size_; ++id) {
      if (piece(id).type != PieceType::kByte) continue;
      const size_t at = vocab::kByteIdsAt + size_t{static_cast<uint8_t>(piece(id).text[0])} * 4;
      if (load_u32(out_.data() + at) != vocab::kNoId) continue;  // the first of several counts
      put_u32(at, id);
      ++summary_.known_bytes;
    }
    if (vocabulary_.unk == kNoToken && summary_.known_bytes < vocab::kByteIds && !is_byte_level()) {
      throw Error(std::string(kName) + ": no unknown token and only " + std::to_string(summary_.known_bytes) +
                  " byte pieces, so some text would have no tokens; name the unknown token");
    }
  }

  uint32_t checked_id(uint32_t id, const char* what) const {
    if (id == kNoToken || id < size_) return id;
    throw Error(std::string(kName) + ": the " + what + " id is " + std::to_string(id) + ", there are " +
                std::to_string(size_) + " pieces; the tokenizer does not fit the model");
  }

  void write_header() {
    uint32_t flags = 0;
    if (vocabulary_.add_bos && vocabulary_.bos != kNoToken) flags |= vocab::kAddBos;
    if (vocabulary_.add_space) flags |= vocab::kAddSpace;
    if (summary_.known_bytes > 0) flags |= vocab::kByteFallback;
    if (summary_.split_at_space && !is_byte_level()) flags |= vocab::kSplitAtSpace;
    if (vocabulary_.remove_extra_spaces) flags |= vocab::kRemoveExtraSpaces;
    if (vocabulary_.merge_unused) flags |= vocab::kMergeUnused;
    if (is_byte_level()) flags |= vocab::kByteLevel;
    if (summary_.lefts) flags |= vocab::kMergeLefts;
    if (vocabulary_.add_space_once) flags |= vocab::kAddSpaceOnce;
    if (vocabulary_.whole_words) flags |= vocab::kWholeWords;
    put_u32(vocab::kSizeAt, size_);
    put_u32(vocab::kModelAt, vocab::kBpeByScore);
    put_u32(vocab::kFlagsAt, flags);
    put_u32(vocab::kBosAt, checked_id(vocabulary_.bos, "BOS"));
    put_u32(vocab::kEosAt, checked_id(vocabulary_.eos, "EOS"));
    put_u32(vocab::kUnkAt, checked_id(vocabulary_.unk, "unknown token"));
    put_u32(vocab::kBucketCountAt, bucket_count_);
    put_u32(vocab::kMaxPieceBytesAt, summary_.longest);
    put_u32(vocab::kUserPiecesAt, summary_.user_pieces);
    put_u32(vocab::kMaxUserBytesAt, summary_.longest_special);
    put_u32(vocab::kSplitRuleAt, static_cast<uint32_t>(vocabulary_.split_rule));
  }

  void put_u32(size_t at, size_t value) { store_u32(out_.data() + at, static_cast<uint32_t>(value)); }

  const Vocabulary& vocabulary_;
  uint32_t size_;
  uint32_t bucket_count_ = 1;
  std::vector<uint32_t> listed_;  // ids in the index
  Summary summary_;
  std::vector<std::byte> out_;
};

}  // namespace

std::vector<std::byte> write_vocabulary(const Vocabulary& vocabulary) {
  const size_t count = vocabulary.pieces.size();
  if (count == 0) throw Error(std::string(kName) + ": no pieces; name a tokenizer with --tokenizer");
  check_room(count - 1, kName);
  return SectionWriter(vocabulary).write();
}

}  // namespace thimble::tools
