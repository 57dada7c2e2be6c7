// Tokenizer::open on sections with something wrong: each rule of the format alone, then every truncation and every
// flipped bit.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tests/support/vocabulary_fixture.h"
#include "text/vocabulary_layout.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

using testing::make_vocabulary;
using tools::Vocabulary;
using tools::write_vocabulary;
using Bytes = std::vector<std::byte>;

constexpr uint32_t kSize = 380;

// Specials, bytes, merges and characters, a user-defined piece, an unused one without text, and two duplicates.
Vocabulary mixed_vocabulary() {
  Vocabulary v = make_vocabulary(kSize - 4, 1);
  v.pieces.push_back({"user piece", 0, PieceType::kUser});
  v.pieces.push_back({"", 0, PieceType::kUnused});
  v.pieces.push_back({"e", -900, PieceType::kNormal});
  v.pieces.push_back({std::string(1, 'A'), 0, PieceType::kByte});
  return v;
}

uint32_t bytes_of(const std::byte* record) { return (12u + load_u16(record + vocab::kRecordLengthAt) + 3u) / 4u * 4u; }

Status open(const Bytes& section, uint32_t size = kSize) {
  Tokenizer tokenizer;
  return tokenizer.open(section, size);
}

class VocabularySection : public ::testing::Test {
 protected:
  std::byte* at(size_t offset) { return section_.data() + offset; }
  uint32_t offset_of(uint32_t id) { return load_u32(at(vocab::kOffsetsAt + size_t{id} * 4)); }
  std::byte* record(uint32_t id) { return at(offset_of(id)); }
  std::byte* bucket(uint32_t b) { return at(vocab::buckets_at(kSize) + size_t{b} * 4); }
  uint32_t bucket_with_two() {
    for (uint32_t b = 0;; ++b) {
      size_t count = 0;
      for (uint32_t p = load_u32(bucket(b)); p != load_u32(bucket(b + 1)); ++count) p += bytes_of(at(p));
      if (count >= 2) return b;
    }
  }
  static uint32_t bytes_of(const std::byte* p) { return (12u + load_u16(p + vocab::kRecordLengthAt) + 3u) / 4u * 4u; }

  // `edit` turns a good section into one that open() refuses with this code and subject.
  void refuses(const std::function<void()>& edit, Code code, const std::string& subject) {
    section_ = good_;
    edit();
    const Status status = open(section_);
    EXPECT_EQ(status_text(status.code()), std::string(status_text(code))) << subject;
    EXPECT_EQ(status.subject(), subject);
    section_ = good_;
  }
  void put_u32(size_t offset, uint32_t value) { store_u32(at(offset), value); }

  const Bytes good_ = write_vocabulary(mixed_vocabulary());
  Bytes section_ = good_;
};

TEST_F(VocabularySection, OpensAsWritten) {
  Tokenizer tokenizer;
  ASSERT_TRUE(tokenizer.open(good_, kSize).ok());
  testing::use_everything(tokenizer);
  // At any alignment.
  for (size_t shift = 1; shift < 4; ++shift) {
    Bytes moved(shift);
    moved.insert(moved.end(), good_.begin(), good_.end());
    ASSERT_TRUE(tokenizer.open(std::span(moved).subspan(shift), kSize).ok());
    testing::use_everything(tokenizer);
  }
}

TEST_F(VocabularySection, RefusesAnotherVocabularySize) {
  EXPECT_EQ(open(good_, kSize - 1).code(), Code::kMismatch);
  EXPECT_EQ(open(good_, kSize + 1).code(), Code::kMismatch);
  EXPECT_EQ(open(good_, 0).code(), Code::kLimit);
  EXPECT_EQ(open(good_, vocab::kMaxPieces + 1).code(), Code::kLimit);
}

TEST_F(VocabularySection, RefusesEachBadHeaderField) {
  refuses([&] { put_u32(vocab::kModelAt, 2); }, Code::kUnsupported, "vocabulary model");
  refuses([&] { put_u32(vocab::kFlagsAt, 1u << 10); }, Code::kUnsupported, "vocabulary flags");
  refuses([&] { put_u32(vocab::kFlagsAt, vocab::kByteLevel); }, Code::kUnsupported, "split rule");
  refuses([&] { put_u32(vocab::kSplitRuleAt, 1); }, Code::kUnsupported, "split rule");
  for (const size_t id_at : {vocab::kBosAt, vocab::kEosAt, vocab::kUnkAt}) {
    refuses([&] { put_u32(id_at, kSize); }, Code::kMalformed, "special token id");
  }
  refuses([&] { put_u32(vocab::kBosAt, vocab::kNoId); }, Code::kMalformed, "vocabulary without BOS");
  for (const uint32_t count : {0u, 3u, vocab::kMaxBuckets * 2, 0xffffffffu}) {
    refuses([&] { put_u32(vocab::kBucketCountAt, count); }, Code::kMalformed, "bucket count");
  }
  refuses([&] { put_u32(vocab::kBucketCountAt, vocab::kMaxBuckets); }, Code::kTruncated, "vocabulary");
  refuses([&] { put_u32(vocab::kMaxPieceBytesAt, vocab::kMaxPieceBytes + 1); }, Code::kLimit, "longest piece");
  const uint32_t longest = load_u32(at(vocab::kMaxPieceBytesAt));
  refuses([&] { put_u32(vocab::kMaxPieceBytesAt, longest + 1); }, Code::kMalformed, "longest piece");
  refuses([&] { put_u32(vocab::kMaxPieceBytesAt, longest - 1); }, Code::kMalformed, "length of piece");
  refuses([&] { put_u32(vocab::kUserPiecesAt, 0); }, Code::kMalformed, "user-defined pieces");
  refuses([&] { put_u32(vocab::kMaxUserBytesAt, 9); }, Code::kMalformed, "longest user-defined piece");
  for (size_t i = vocab::kReservedAt; i < vocab::kHeaderBytes; ++i) {
    refuses([&] { section_[i] = std::byte{1}; }, Code::kMalformed, "reserved bytes of vocabulary");
  }
  const uint32_t flags = load_u32(at(vocab::kFlagsAt));
  refuses([&] { put_u32(vocab::kFlagsAt, flags & ~vocab::kByteFallback); }, Code::kMalformed, "byte fallback flag");
}

TEST_F(VocabularySection, RefusesEachBadTableEntry) {
  const size_t byte_at = vocab::kByteIdsAt + size_t{'A'} * 4;
  refuses([&] { put_u32(byte_at, kSize); }, Code::kMalformed, "byte id");
  refuses([&] { put_u32(byte_at, 3 + 'B'); }, Code::kMalformed, "byte id");
  refuses([&] { put_u32(byte_at, 0); }, Code::kMalformed, "byte id");
  refuses([&] { put_u32(byte_at, kSize - 1); }, Code::kMalformed, "byte id");  // a duplicate, not the lowest
  refuses([&] { put_u32(byte_at, vocab::kNoId); }, Code::kMalformed, "byte id");
  refuses([&] { put_u32(vocab::kOffsetsAt + 4, offset_of(2)); }, Code::kMalformed, "offset of piece");
  refuses([&] { put_u32(vocab::kOffsetsAt + 4, 0xffffffff); }, Code::kMalformed, "offset of piece");
  refuses([&] { store_u32(bucket(0), 0); }, Code::kMalformed, "start of bucket");
  refuses([&] { store_u32(bucket(1), 0); }, Code::kMalformed, "end of bucket");
  refuses([&] { store_u32(bucket(1), 0xffffffff); }, Code::kMalformed, "end of bucket");
  refuses([&] { store_u32(bucket(1), load_u32(bucket(1)) + 4); }, Code::kMalformed, "end of piece record");
}

TEST_F(VocabularySection, RefusesEachBadRecord) {
  const uint32_t id = kSize - 6;  // a character of three bytes
  refuses([&] { store_u32(record(id) + vocab::kRecordIdAt, kSize); }, Code::kMalformed, "id of piece record");
  refuses([&] { store_u32(record(id) + vocab::kRecordIdAt, id - 1); }, Code::kMalformed, "offset of piece");
  for (const float score : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()}) {
    refuses([&] { store_f32(record(id) + vocab::kRecordScoreAt, score); }, Code::kMalformed, "score of piece");
  }
  refuses([&] { store_u16(record(id) + vocab::kRecordLengthAt, 0xffff); }, Code::kMalformed, "length of piece record");
  refuses([&] { store_u16(record(id) + vocab::kRecordLengthAt, 0); }, Code::kMalformed, "empty piece");
  refuses([&] { store_u16(record(id) + vocab::kRecordLengthAt, 1); }, Code::kMalformed, "padding of piece record");
  for (const int type : {0, 7, 255}) {
    refuses([&] { record(id)[vocab::kRecordTypeAt] = static_cast<std::byte>(type); }, Code::kMalformed,
            "type of piece");
  }
  for (const PieceType type : {PieceType::kUnknown, PieceType::kUnused}) {
    refuses([&] { record(id)[vocab::kRecordTypeAt] = static_cast<std::byte>(type); }, Code::kMalformed,
            "type of piece in bucket");
  }
  refuses([&] { record(id)[vocab::kRecordLeftAt] = std::byte{1}; }, Code::kMalformed, "padding of piece record");
  refuses([&] { record(id)[vocab::kRecordHeaderBytes + 3] = std::byte{1}; }, Code::kMalformed,
          "padding of piece record");
  refuses([&] { record(id)[vocab::kRecordHeaderBytes] ^= std::byte{1}; }, Code::kMalformed, "bucket of piece");
  // Behind the buckets.
  const auto retype = [&](uint32_t piece, PieceType type) {
    record(piece)[vocab::kRecordTypeAt] = static_cast<std::byte>(type);
  };
  refuses([&] { retype(kSize - 3, PieceType::kNormal); }, Code::kMalformed, "empty piece");
  refuses([&] { retype(kSize - 3, PieceType::kByte); }, Code::kMalformed, "empty piece");
  refuses([&] { retype(0, PieceType::kByte); }, Code::kMalformed, "length of byte piece");
  refuses([&] { retype(0, PieceType::kNormal); }, Code::kMalformed, "piece in no bucket");
}

// Two records change places, and everything that points to them follows: only the order in the bucket is wrong.
TEST_F(VocabularySection, RefusesABucketOutOfOrder) {
  const uint32_t b = bucket_with_two();
  const uint32_t first_at = load_u32(bucket(b));
  const uint32_t first_bytes = bytes_of(at(first_at));
  const uint32_t second_bytes = bytes_of(at(first_at + first_bytes));
  const uint32_t first = load_u32(at(first_at));
  const uint32_t second = load_u32(at(first_at + first_bytes));
  std::rotate(section_.begin() + first_at, section_.begin() + first_at + first_bytes,
              section_.begin() + first_at + first_bytes + second_bytes);
  put_u32(vocab::kOffsetsAt + size_t{second} * 4, first_at);
  put_u32(vocab::kOffsetsAt + size_t{first} * 4, first_at + second_bytes);
  EXPECT_STREQ(open(section_).subject(), "order of pieces in bucket");
}

TEST_F(VocabularySection, RefusesASpaceInsideAPieceThatClaimsToHaveNone) {
  Vocabulary v = mixed_vocabulary();
  v.pieces[280] = {"a b", -900, PieceType::kNormal};
  section_ = write_vocabulary(v);
  const uint32_t flags = load_u32(at(vocab::kFlagsAt));
  EXPECT_TRUE(open(section_).ok());
  EXPECT_EQ(flags & vocab::kSplitAtSpace, 0u);
  put_u32(vocab::kFlagsAt, flags | vocab::kSplitAtSpace);
  EXPECT_STREQ(open(section_).subject(), "space inside piece");
}

// With merge_unused, unused pieces that have a text stand in buckets and may not cross spaces either.
TEST_F(VocabularySection, HoldsUnusedPiecesThatMergeToTheRulesOfNormalOnes) {
  Vocabulary v = mixed_vocabulary();
  v.pieces[280] = {"a b", -900, PieceType::kUnused};
  EXPECT_NE(load_u32(write_vocabulary(v).data() + vocab::kFlagsAt) & vocab::kSplitAtSpace, 0u);
  v.merge_unused = true;
  section_ = write_vocabulary(v);
  const uint32_t flags = load_u32(at(vocab::kFlagsAt));
  EXPECT_TRUE(open(section_).ok());
  EXPECT_EQ(flags & vocab::kSplitAtSpace, 0u);
  put_u32(vocab::kFlagsAt, flags | vocab::kSplitAtSpace);
  EXPECT_STREQ(open(section_).subject(), "space inside piece");
  put_u32(vocab::kFlagsAt, flags & ~vocab::kMergeUnused);
  EXPECT_STREQ(open(section_).subject(), "type of piece in bucket");
  v.merge_unused = false;
  section_ = write_vocabulary(v);
  put_u32(vocab::kFlagsAt, load_u32(at(vocab::kFlagsAt)) | vocab::kMergeUnused);
  EXPECT_FALSE(open(section_).ok());
}

TEST_F(VocabularySection, RefusesAVocabularyThatCannotExpressSomeText) {
  Vocabulary v = make_vocabulary(20, 1);
  section_ = write_vocabulary(v);
  ASSERT_TRUE(open(section_, 20).ok());
  put_u32(vocab::kUnkAt, vocab::kNoId);
  EXPECT_STREQ(open(section_, 20).subject(), "unknown token id");
}

// The section of make_vocabulary(size, 1) with a single bucket, which the writer makes only for two listed pieces.
Bytes in_one_bucket(uint32_t size) {
  const Bytes section = write_vocabulary(make_vocabulary(size, 1));
  const size_t buckets_at = vocab::buckets_at(size);
  const size_t records_at = load_u32(section.data() + buckets_at);
  Bytes one(section.begin(), section.begin() + static_cast<ptrdiff_t>(buckets_at + 8));
  const uint32_t listed_end = load_u32(section.data() + records_at - 4);
  const auto moved_by = static_cast<uint32_t>(records_at - (buckets_at + 8));
  store_u32(one.data() + vocab::kBucketCountAt, 1);
  store_u32(one.data() + buckets_at, static_cast<uint32_t>(buckets_at + 8));
  store_u32(one.data() + buckets_at + 4, listed_end - moved_by);
  for (const bool listed : {true, false}) {
    for (uint32_t id = 0; id < size; ++id) {
      const uint32_t from = load_u32(section.data() + vocab::kOffsetsAt + size_t{id} * 4);
      if ((from < listed_end) != listed) continue;
      store_u32(one.data() + vocab::kOffsetsAt + size_t{id} * 4, static_cast<uint32_t>(one.size()));
      const std::byte* record = section.data() + from;
      one.insert(one.end(), record, record + bytes_of(record));
    }
  }
  return one;
}

// Texts whose hashes all fall into one bucket would make every lookup a walk through all of them.
TEST(VocabularyBuckets, AreCapped) {
  constexpr uint32_t kUnlistedPieces = 1;  // <unk>
  constexpr uint32_t kFull = vocab::kMaxBucketRecords + kUnlistedPieces;
  EXPECT_TRUE(open(in_one_bucket(kFull), kFull).ok());
  EXPECT_STREQ(open(in_one_bucket(kFull + 1), kFull + 1).subject(), "pieces in bucket");
}

TEST(VocabularyBuckets, ListATextOnce) {
  constexpr uint32_t kPieces = 20;
  Bytes section = in_one_bucket(kPieces);
  ASSERT_TRUE(open(section, kPieces).ok());
  // Both characters of one byte.
  const uint32_t from = load_u32(section.data() + vocab::kOffsetsAt + 10 * 4);
  const uint32_t to = load_u32(section.data() + vocab::kOffsetsAt + 11 * 4);
  section[to + vocab::kRecordHeaderBytes] = section[from + vocab::kRecordHeaderBytes];
  EXPECT_STREQ(open(section, kPieces).subject(), "piece listed twice");
}

// The writer takes more buckets where chance, or malice, fills one.
TEST(VocabularyBuckets, GrowInNumberWhereOneOverflows) {
  constexpr uint32_t kMask = 0xfff;
  Vocabulary v = make_vocabulary(20, 1);
  const uint32_t target = vocab::piece_hash("x0") & kMask;
  for (uint64_t n = 0; v.pieces.size() < 20 + vocab::kMaxBucketRecords + 1; ++n) {
    std::string text = "x" + std::to_string(n);
    if ((vocab::piece_hash(text) & kMask) == target) v.pieces.push_back({std::move(text), -100, PieceType::kNormal});
  }
  const Bytes section = write_vocabulary(v);
  EXPECT_GT(load_u32(section.data() + vocab::kBucketCountAt), kMask);
  Tokenizer tokenizer;
  ASSERT_TRUE(tokenizer.open(section, static_cast<uint32_t>(v.pieces.size())).ok());
  testing::use_everything(tokenizer);
}

TEST_F(VocabularySection, RefusesEveryTruncationAndAnythingBehind) {
  for (size_t length = 0; length < good_.size(); ++length) {
    const Bytes cut(good_.begin(), good_.begin() + static_cast<ptrdiff_t>(length));
    ASSERT_FALSE(open(cut).ok()) << length;
  }
  for (const size_t more : {1u, 3u, 4u, 12u, 16u, 64u}) {
    Bytes longer = good_;
    longer.resize(good_.size() + more);
    EXPECT_FALSE(open(longer).ok()) << more;
  }
}

TEST_F(VocabularySection, IsRefusedOrSafeWithAnyBitFlipped) {
  size_t accepted = 0;
  Tokenizer tokenizer;
  for (size_t i = 0; i < good_.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      section_[i] ^= static_cast<std::byte>(1 << bit);
      if (tokenizer.open(section_, kSize).ok()) {
        ++accepted;
        testing::use_everything(tokenizer);
      }
      section_[i] = good_[i];
    }
  }
  // Scores are free, and a few bits more (flags, special ids, <unk>'s text); everything else is tied down.
  EXPECT_LT(accepted, 34 * kSize);
}

}  // namespace
}  // namespace thimble
