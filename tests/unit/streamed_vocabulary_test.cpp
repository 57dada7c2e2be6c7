// Tokenizers over a vocabulary that is not in memory: the same answers as over one that is, in at most two reads each,
// and no other text where a read fails or the card changes.

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/vocabulary_file.h"
#include "tests/support/vocabulary_fixture.h"

namespace thimble {
namespace {

using testing::make_vocabulary;
using testing::VocabularyFile;
using Bytes = std::vector<std::byte>;

// All of the offsets at once; a part at a time; as little as there may be.
constexpr size_t kScratches[] = {100000, 6000, 0};

constexpr std::string_view kTexts[] = {"Once upon a time, the end.\n",
                                       "",
                                       " ",
                                       "the  the\tthe",
                                       "  <s>\xc3\xa9\xe2\x96\x81\xff</s> \xf0\x9f\x99\x82 <unk>",
                                       "user piece and user pieces <s>user piece</s>"};

// Specials, bytes, merges and characters, user-defined pieces, unused ones that merge, and duplicates.
tools::Vocabulary mixed_vocabulary() {
  tools::Vocabulary v = make_vocabulary(380, 1);
  v.pieces.push_back({"user piece", 0, PieceType::kUser});
  v.pieces.push_back({"", 0, PieceType::kUnused});
  v.pieces.push_back({"e", -900, PieceType::kNormal});
  v.pieces.push_back({"aa", -1, PieceType::kUnused});
  v.pieces.push_back({std::string(1, 'A'), 0, PieceType::kByte});
  v.remove_extra_spaces = v.merge_unused = true;
  return v;
}

struct Case {
  tools::Vocabulary vocabulary;
  Bytes section = tools::write_vocabulary(vocabulary);
  uint32_t size() const { return static_cast<uint32_t>(vocabulary.pieces.size()); }
};

std::vector<Case> cases() {
  std::vector<Case> all;
  all.push_back({make_vocabulary(8, 1)});
  all.push_back({make_vocabulary(2000, 3)});
  all.push_back({mixed_vocabulary()});
  tools::Vocabulary words = make_vocabulary(600, 5);
  words.split_rule = byte_level::SplitRule::kLlama3;
  for (tools::VocabularyPiece& piece : words.pieces) {
    if (piece.type == PieceType::kByte) piece.type = PieceType::kNormal;
  }
  all.push_back({words});
  tools::Vocabulary longest = make_vocabulary(300, 7);
  longest.pieces.push_back({std::string(vocab::kMaxPieceBytes, 'x'), -5, PieceType::kNormal});
  all.push_back({longest});
  return all;
}

void expect_the_same(const Tokenizer& found, const Tokenizer& expected) {
  ASSERT_EQ(found.vocab_size(), expected.vocab_size());
  EXPECT_EQ(found.sampled_size(), expected.sampled_size());
  EXPECT_EQ(found.max_piece_bytes(), expected.max_piece_bytes());
  EXPECT_EQ(found.bos(), expected.bos());
  EXPECT_EQ(found.eos(), expected.eos());
  EXPECT_EQ(found.unk(), expected.unk());
  EXPECT_EQ(found.adds_bos(), expected.adds_bos());
  EXPECT_EQ(found.adds_space(), expected.adds_space());
  EXPECT_EQ(found.removes_extra_spaces(), expected.removes_extra_spaces());
  for (uint32_t id = 0; id <= expected.vocab_size(); ++id) {
    const std::string_view name = expected.name(id);
    EXPECT_EQ(found.name(id), name);
    EXPECT_EQ(found.piece(id), expected.piece(id));
    EXPECT_EQ(found.decode(expected.bos(), id), expected.decode(expected.bos(), id));
    EXPECT_EQ(found.type(id), expected.type(id));
    EXPECT_EQ(found.score(id), expected.score(id));
    EXPECT_EQ(found.find(name), expected.find(name));
  }
  EXPECT_EQ(found.find("no such piece"), kNoToken);
  EXPECT_TRUE(found.status().ok());
  for (const std::string_view text : kTexts) {
    for (const bool control : {false, true}) {
      const EncodeOptions options = {.parse_control = control};
      EXPECT_EQ(testing::encode(found, text, options), testing::encode(expected, text, options)) << text;
    }
  }
}

TEST(StreamedVocabulary, AnswersAsOneInMemory) {
  for (const Case& c : cases()) {
    Tokenizer expected;
    ASSERT_TRUE(expected.open(c.section, c.size()).ok());
    for (const size_t scratch : kScratches) {
      VocabularyFile file(c.section);
      Tokenizer found;
      const Status status = file.open(c.size(), scratch, &found);
      ASSERT_TRUE(status.ok()) << status.subject() << " of " << c.size();
      expect_the_same(found, expected);
      testing::use_everything(found);
    }
  }
}

TEST(StreamedVocabulary, TakesTwoReadsAtMostForALookupAndNoneForTheSameAgain) {
  for (const Case& c : cases()) {
    VocabularyFile file(c.section);
    Tokenizer tokenizer;
    ASSERT_TRUE(file.open(c.size(), 0, &tokenizer).ok());
    const auto reads_of = [&](auto&& lookup) {
      const size_t before = file.reads();
      lookup();
      return file.reads() - before;
    };
    for (uint32_t id = 0; id < c.size(); ++id) {
      EXPECT_LE(reads_of([&] { (void)tokenizer.name(id); }), 2u);
      EXPECT_EQ(reads_of([&] { (void)tokenizer.decode(id, id); }), 0u);
      EXPECT_LE(reads_of([&] { (void)tokenizer.find(c.vocabulary.pieces[id].text); }), 2u);
      EXPECT_EQ(reads_of([&] { (void)tokenizer.find(c.vocabulary.pieces[id].text); }), 0u);
    }
  }
}

// All is read once for the checksum and once to be checked, where the offsets find room; else once more for each part.
TEST(StreamedVocabulary, IsReadTwiceWhereOffsetsFindRoom) {
  const Case c{make_vocabulary(2000, 3)};
  VocabularyFile roomy(c.section);
  Tokenizer tokenizer;
  ASSERT_TRUE(roomy.open(c.size(), 100000, &tokenizer).ok());
  EXPECT_LE(roomy.bytes(), 2 * c.section.size());
  VocabularyFile tight(c.section);
  ASSERT_TRUE(tight.open(c.size(), 0, &tokenizer).ok());
  EXPECT_GT(tight.bytes(), 3 * c.section.size());
}

TEST(StreamedVocabulary, ReadsAgainBeforeItGivesUp) {
  const Case c{mixed_vocabulary()};
  Tokenizer tokenizer;
  VocabularyFile counting(c.section);
  ASSERT_TRUE(counting.open(c.size(), 6000, &tokenizer).ok());
  ASSERT_GT(counting.reads(), 10u);
  for (size_t read = 0; read < counting.reads(); ++read) {
    for (const size_t times : {1u, 2u, 3u}) {
      VocabularyFile file(c.section);
      file.fail(read, times);
      const Status status = file.open(c.size(), 6000, &tokenizer);
      EXPECT_EQ(status.code(), times < 3 ? Code::kOk : Code::kReadFailed) << read;
      EXPECT_STREQ(status.subject(), times < 3 ? "" : "card");
    }
  }
}

TEST(StreamedVocabulary, AFailedReadIsNeverOtherText) {
  for (const Case& c : {Case{mixed_vocabulary()}, Case{cases()[3]}}) {
    VocabularyFile file(c.section);
    Tokenizer tokenizer, expected;
    ASSERT_TRUE(file.open(c.size(), 0, &tokenizer).ok());
    ASSERT_TRUE(expected.open(c.section, c.size()).ok());
    const std::string text(kTexts[5]);
    const EncodeOptions options = {.parse_control = true};
    const std::vector<uint32_t> right = testing::encode(expected, text, options);
    std::vector<uint64_t> workspace(Tokenizer::workspace_bytes(text.size()) / 8 + 1);
    std::vector<uint32_t> ids(100);
    size_t failures = 0;
    for (size_t read = 0;; ++read) {
      (void)file.open(c.size(), 0, &tokenizer);  // with nothing kept
      file.fail(read, 1000000);
      size_t count = 99;
      const Status status = tokenizer.encode(text, options, std::as_writable_bytes(std::span(workspace)), ids, &count);
      file.fail(VocabularyFile::kNever);
      if (status.ok()) break;
      ++failures;
      EXPECT_EQ(status.code(), Code::kReadFailed);
      EXPECT_EQ(count, 0u);
      EXPECT_EQ(testing::encode(tokenizer, text, options), right);
    }
    EXPECT_GT(failures, 20u);
    for (uint32_t id = 0; id < c.size(); ++id) {
      for (const size_t read : {0u, 1u}) {
        (void)tokenizer.find("some other piece");
        file.fail(read, 3);
        const std::string_view piece = tokenizer.piece(id);
        const Status status = tokenizer.status();
        file.fail(VocabularyFile::kNever);
        EXPECT_EQ(piece, status.ok() ? expected.piece(id) : "");
        EXPECT_EQ(tokenizer.piece(id), expected.piece(id));
        EXPECT_TRUE(tokenizer.status().ok());
      }
    }
  }
}

// One bit of each byte, with a checksum that fits: what is refused in memory is refused here, in the same words.
TEST(StreamedVocabulary, RefusesWhatIsRefusedInMemory) {
  Case c{mixed_vocabulary()};
  size_t accepted = 0;
  for (size_t i = 0; i < c.section.size(); ++i) {
    c.section[i] ^= static_cast<std::byte>(1u << (i * 5 % 8));
    Tokenizer in_memory, streamed;
    const Status expected = in_memory.open(c.section, c.size());
    VocabularyFile file(c.section);
    const Status found = file.open(c.size(), 100000, &streamed);
    EXPECT_EQ(found.code(), expected.code()) << i;
    EXPECT_STREQ(found.subject(), expected.subject()) << i;
    EXPECT_EQ(found.index(), expected.index()) << i;
    EXPECT_TRUE(i % 16 != 0 || file.open(c.size(), 0, &streamed).ok() == expected.ok()) << i;
    accepted += expected.ok();
    c.section[i] ^= static_cast<std::byte>(1u << (i * 5 % 8));
  }
  EXPECT_GT(accepted, 100u);  // scores
  for (size_t length = 0; length < c.section.size(); length += 7) {
    VocabularyFile file(std::span(c.section).first(length));
    Tokenizer in_memory, streamed;
    const Status expected = in_memory.open(std::span(c.section).first(length), c.size());
    EXPECT_EQ(file.open(c.size(), 100000, &streamed).code(), expected.code()) << length;
  }
}

// Bytes that change behind open(): any answer may be wrong, but it is an answer or a Status.
TEST(StreamedVocabulary, IsSafeOnACardThatChanges) {
  Case c{mixed_vocabulary()};
  const Bytes good = c.section;
  std::mt19937 random(1);
  size_t noticed = 0;
  for (int round = 0; round < 200; ++round) {
    c.section = good;
    VocabularyFile file(c.section);
    Tokenizer tokenizer;
    ASSERT_TRUE(file.open(c.size(), 0, &tokenizer).ok());
    for (int n = 0; n < 400; ++n)
      c.section[vocab::kOffsetsAt + random() % (good.size() - vocab::kOffsetsAt)] = std::byte(random());
    for (uint32_t id = 0; id < c.size(); ++id) {
      EXPECT_LE(tokenizer.name(id).size(), tokenizer.max_piece_bytes());
      noticed += tokenizer.status().code() == Code::kCorrupt;
      const uint32_t found = tokenizer.find(c.vocabulary.pieces[id].text);
      EXPECT_TRUE(found == kNoToken || found < c.size());
      noticed += tokenizer.status().code() == Code::kCorrupt;
    }
    std::vector<uint64_t> workspace(1000);
    std::vector<uint32_t> ids(100);
    for (const std::string_view text : kTexts) {
      size_t count = 0;
      const Status status = tokenizer.encode(text, {}, std::as_writable_bytes(std::span(workspace)), ids, &count);
      for (size_t i = 0; status.ok() && i < count; ++i) EXPECT_LT(ids[i], c.size());
    }
  }
  EXPECT_GT(noticed, 1000u);
}

TEST(StreamedVocabulary, RefusesAnotherChecksumTooLittleMemoryAndAnotherFront) {
  const Case c{mixed_vocabulary()};
  VocabularyFile file(c.section);
  std::vector<uint64_t> memory(Tokenizer::kStreamBytes / 8);
  const auto bytes = std::as_writable_bytes(std::span(memory));
  VocabularySource source = {std::span(c.section).first(vocab::kOffsetsAt), file.place(), file.reader()};
  Tokenizer tokenizer;
  EXPECT_TRUE(tokenizer.open_streamed(source, c.size(), bytes, {}).ok());
  EXPECT_EQ(tokenizer.open_streamed(source, c.size(), bytes.subspan(8), {}).code(), Code::kInvalidArgument);
  ++source.place.checksum;
  const Status status = tokenizer.open_streamed(source, c.size(), bytes, {});
  EXPECT_EQ(status.code(), Code::kCorrupt);
  EXPECT_EQ(status.index(), 2);
  EXPECT_EQ(tokenizer.vocab_size(), 0u);
  --source.place.checksum;
  source.front = source.front.first(64);
  EXPECT_EQ(tokenizer.open_streamed(source, c.size(), bytes, {}).code(), Code::kInvalidArgument);
}

// More than a lookup reads at once: a limit of streamed vocabularies alone.
TEST(StreamedVocabulary, RefusesABucketThatIsTooLong) {
  tools::Vocabulary v = make_vocabulary(8, 1);
  const std::string text(1000, 'x');
  const auto bucket = [](const std::string& t) { return vocab::piece_hash(t) & 7; };
  for (int n = 0; v.pieces.size() < 10; ++n) {
    const std::string more = text + std::to_string(n);
    if (bucket(more) == bucket(text + "0")) v.pieces.push_back({more, -9, PieceType::kNormal});
  }
  const Bytes section = tools::write_vocabulary(v);
  Tokenizer tokenizer;
  ASSERT_TRUE(tokenizer.open(section, 10).ok());
  VocabularyFile file(section);
  const Status status = file.open(10, 0, &tokenizer);
  EXPECT_EQ(status.code(), Code::kLimit);
  EXPECT_STREQ(status.subject(), "bytes of bucket");
}

}  // namespace
}  // namespace thimble
