// The readers of foreign vocabularies: what they make of good files, and the one line with which they refuse others.

#include <gtest/gtest.h>

#include <bit>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tests/support/vocabulary_fixture.h"
#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {
namespace {

using testing::make_vocabulary;
using testing::to_sentencepiece;
using testing::to_tokenizer_bin;
using Bytes = std::vector<std::byte>;

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "not refused";
}

void expect_refusal(const Bytes& file, const std::string& message, uint32_t expected_size = 0) {
  const std::string found = refusal([&] { read_vocabulary(file, "f.x", expected_size); });
  EXPECT_NE(found.find(message), std::string::npos) << "found: " << found;
  EXPECT_EQ(found.rfind("f.x: ", 0), 0u) << "found: " << found;
}

void expect_equal(const Vocabulary& found, const Vocabulary& expected) {
  ASSERT_EQ(found.pieces.size(), expected.pieces.size());
  for (size_t id = 0; id < found.pieces.size(); ++id) {
    EXPECT_EQ(found.pieces[id].text, expected.pieces[id].text) << id;
    EXPECT_EQ(found.pieces[id].score, expected.pieces[id].score) << id;
    EXPECT_EQ(found.pieces[id].type, expected.pieces[id].type) << id;
  }
  EXPECT_EQ(found.bos, expected.bos);
  EXPECT_EQ(found.eos, expected.eos);
  EXPECT_EQ(found.unk, expected.unk);
  EXPECT_EQ(found.add_bos, expected.add_bos);
  EXPECT_EQ(found.add_space, expected.add_space);
}

// A protobuf message under construction.
struct Message {
  Bytes bytes;
  Message& varint(uint64_t v) {
    for (; v >= 0x80; v >>= 7) bytes.push_back(static_cast<std::byte>(v | 0x80));
    bytes.push_back(static_cast<std::byte>(v));
    return *this;
  }
  Message& number(uint32_t field, uint64_t v) { return varint(field << 3).varint(v); }
  Message& text(uint32_t field, std::string_view v) {
    varint(field << 3 | 2).varint(v.size());
    for (const char c : v) bytes.push_back(static_cast<std::byte>(c));
    return *this;
  }
  Message& message(uint32_t field, const Message& m) {
    return text(field, {reinterpret_cast<const char*>(m.bytes.data()), m.bytes.size()});
  }
  Message& f32(uint32_t field, float v) {
    varint(field << 3 | 5);
    bytes.resize(bytes.size() + 4);
    store_f32(bytes.data() + bytes.size() - 4, v);
    return *this;
  }
};

Message piece(std::string_view text, float score, uint64_t type) {
  return Message().text(1, text).f32(2, score).number(3, type);
}
// A whole model: four pieces, then these specs.
Bytes model(const Message& trainer, const Message& normalizer,
            const Message& fourth = piece("\xe2\x96\x81"
                                          "a",
                                          -1, 1)) {
  Message m;
  m.message(1, piece("<unk>", 0, 2)).message(1, piece("<s>", 0, 3)).message(1, piece("</s>", 0, 3)).message(1, fourth);
  return m.message(2, trainer).message(3, normalizer).bytes;
}
Message bpe() { return Message().number(3, 2); }

TEST(TokenizerBin, ReadsWhatItHolds) {
  for (const uint32_t size : {8u, 258u, 259u, 400u, 2000u}) {
    const Vocabulary vocabulary = make_vocabulary(size, size);
    expect_equal(read_tokenizer_bin(to_tokenizer_bin(vocabulary), "f.x"), vocabulary);
    expect_equal(read_vocabulary(to_tokenizer_bin(vocabulary), "f.x", 0), vocabulary);
  }
}

TEST(TokenizerBin, KnowsBytesBySpelling) {
  Vocabulary v = make_vocabulary(8, 1);
  for (const char* text : {"<0x0A>", "<0xfe>", "<0x0G>", "<0x 1>", "<0x+1>", "<0x123>", "<0X0A>"}) {
    v.pieces.push_back({text, 0, PieceType::kNormal});
  }
  const Vocabulary read = read_tokenizer_bin(to_tokenizer_bin(v), "f.x");
  EXPECT_EQ(read.pieces[8].type, PieceType::kByte);
  EXPECT_EQ(read.pieces[8].text, "\n");
  EXPECT_EQ(read.pieces[9].text, "\xfe");
  for (size_t id = 10; id < read.pieces.size(); ++id) EXPECT_EQ(read.pieces[id].type, PieceType::kNormal) << id;
}

TEST(TokenizerBin, KeepsEmptyPiecesAsUnused) {
  Vocabulary v = make_vocabulary(8, 1);
  v.pieces.push_back({"", 0, PieceType::kNormal});
  EXPECT_EQ(read_tokenizer_bin(to_tokenizer_bin(v), "f.x").pieces[8].type, PieceType::kUnused);
}

// 10 is also the first byte of a sentencepiece model.
TEST(TokenizerBin, IsToldFromASentencepieceModel) {
  Bytes file = to_tokenizer_bin(make_vocabulary(300, 1));
  for (const uint32_t longest : {0u, 10u, 0x0a0au, 27u, 1034u}) {
    store_u32(file.data(), longest);
    EXPECT_EQ(read_vocabulary(file, "f.x", 0).format, "llama2.c tokenizer.bin") << longest;
  }
  EXPECT_EQ(read_vocabulary(to_sentencepiece(make_vocabulary(300, 1)), "f.x", 0).format, "sentencepiece model");
}

TEST(TokenizerBin, RefusesTheTokenizerOfAnotherModel) {
  const std::string message =
      "this tokenizer has 300 pieces, the model needs 512; name the model's own with --tokenizer";
  expect_refusal(to_tokenizer_bin(make_vocabulary(300, 1)), message, 512);
  expect_refusal(to_sentencepiece(make_vocabulary(300, 1)), message, 512);
}

TEST(TokenizerBin, RefusesWhatIsNotOne) {
  expect_refusal({}, "0 bytes are no tokenizer; name a llama2.c tokenizer.bin");
  expect_refusal(Bytes(4), "0 pieces, a tokenizer.bin has at least 3");
  expect_refusal(Bytes(100), "piece 1: it is not <s>");
  expect_refusal(Bytes(100, std::byte{0xff}), "piece 0: a length of 4294967295 bytes");
  Bytes big_endian(100);
  big_endian[3] = big_endian[11] = std::byte{5};
  expect_refusal(big_endian, "this is a big-endian tokenizer.bin; export it in little-endian order");
  expect_refusal(Message().text(15, "").bytes, "bytes are no tokenizer");
  Bytes json(20, std::byte{'{'});
  expect_refusal(json, "no JSON at byte 2; the file was cut short");
  Bytes gguf(20);
  store_u32(gguf.data(), 0x46554747);
  expect_refusal(gguf, "GGUF version 0, this version reads 2 and 3");
  Vocabulary v = make_vocabulary(8, 1);
  v.pieces[5].score = std::numeric_limits<float>::quiet_NaN();
  expect_refusal(to_tokenizer_bin(v), "piece 5: its score is not a finite number; the file is damaged");
  v = make_vocabulary(8, 1);
  v.pieces[5].text = std::string(vocab::kMaxPieceBytes + 1, 'x');
  expect_refusal(to_tokenizer_bin(v), "piece 5: a length of 1025 bytes");
  v = make_vocabulary(8, 1);
  v.pieces[2].text = "<eos>";
  expect_refusal(to_tokenizer_bin(v), "piece 2: it is not </s>");
}

TEST(TokenizerBin, RefusesEveryTruncation) {
  const Bytes file = to_tokenizer_bin(make_vocabulary(300, 1));
  for (size_t length = 0; length < file.size(); ++length) {
    const Bytes cut(file.begin(), file.begin() + static_cast<ptrdiff_t>(length));
    // Between two pieces only the model's vocabulary size tells.
    ASSERT_THROW(read_vocabulary(cut, "f.x", 300), Error) << length;
  }
}

// The smallest piece takes eight bytes, so the cap is reached with 8 MB.
TEST(TokenizerBin, CapsTheNumberOfPieces) {
  Bytes file = to_tokenizer_bin(make_vocabulary(8, 1));
  file.resize(file.size() + 8 * size_t{vocab::kMaxPieces - 8});
  EXPECT_EQ(read_vocabulary(file, "f.x", 0).pieces.size(), vocab::kMaxPieces);
  file.resize(file.size() + 8);
  expect_refusal(file, "more than 1048576 pieces");
}

TEST(Sentencepiece, ReadsWhatItHolds) {
  for (const uint32_t size : {8u, 258u, 259u, 400u, 2000u}) {
    Vocabulary vocabulary = make_vocabulary(size, size);
    expect_equal(read_sentencepiece(to_sentencepiece(vocabulary), "f.x"), vocabulary);
    vocabulary.pieces[5].type = PieceType::kUser;
    vocabulary.pieces[6].type = PieceType::kUnused;
    vocabulary.add_space = false;
    vocabulary.add_bos = false;
    vocabulary.bos = vocabulary.eos = kNoToken;
    expect_equal(read_vocabulary(to_sentencepiece(vocabulary), "f.x", size), vocabulary);
  }
}

TEST(Sentencepiece, FillsInTheDefaults) {
  const Vocabulary v = read_sentencepiece(model(bpe(), {}), "f.x");
  EXPECT_EQ(v.unk, 0u);
  EXPECT_EQ(v.bos, 1u);
  EXPECT_EQ(v.eos, 2u);
  EXPECT_TRUE(v.add_space && v.add_bos);
  EXPECT_EQ(v.pieces[3].text, " a");
  const Message bare = Message().text(1, "b");
  EXPECT_EQ(read_sentencepiece(model(bpe(), {}, bare), "f.x").pieces[3].type, PieceType::kNormal);
}

TEST(Sentencepiece, SkipsFieldsItDoesNotKnow) {
  Message trainer = bpe();
  trainer.number(4, 512).text(1, "corpus.txt").f32(10, 0.5f).number(500, 1);
  Message normalizer;
  normalizer.text(1, "identity").number(4, 1).varint(77 << 3 | 1);
  normalizer.bytes.resize(normalizer.bytes.size() + 8);  // a fixed64
  const Message fourth = piece(
                             "\xe2\x96\x81"
                             "a\xe2\x96\x81\xe2\x96",
                             -1, 1)
                             .number(9, 3);
  EXPECT_EQ(read_sentencepiece(model(trainer, normalizer, fourth), "f.x").pieces[3].text, " a \xe2\x96");
}

TEST(Sentencepiece, LeavesBytesUnusedWithoutByteFallback) {
  const Message byte = piece("<0x41>", 0, 6);
  const Bytes file = model(bpe(), {}, byte);
  EXPECT_EQ(read_sentencepiece(file, "f.x").pieces[3].type, PieceType::kUnused);
  EXPECT_FALSE(read_sentencepiece(file, "f.x").merge_unused);
  const Bytes with = model(bpe().number(35, 1), {}, byte);
  EXPECT_EQ(read_sentencepiece(with, "f.x").pieces[3].type, PieceType::kByte);
  EXPECT_EQ(read_sentencepiece(with, "f.x").pieces[3].text, "A");
}

TEST(Sentencepiece, RemovesExtraSpacesUnlessToldNotTo) {
  EXPECT_TRUE(read_sentencepiece(model(bpe(), {}), "f.x").remove_extra_spaces);  // the default
  EXPECT_TRUE(read_sentencepiece(model(bpe(), Message().number(4, 1)), "f.x").remove_extra_spaces);
  EXPECT_FALSE(read_sentencepiece(model(bpe(), Message().number(4, 0)), "f.x").remove_extra_spaces);
  EXPECT_FALSE(read_vocabulary(to_tokenizer_bin(make_vocabulary(300, 1)), "f.x", 0).remove_extra_spaces);
}

TEST(Sentencepiece, LetsUnusedPiecesMergeWhereThereAreSome) {
  EXPECT_FALSE(read_sentencepiece(model(bpe(), {}), "f.x").merge_unused);
  EXPECT_TRUE(read_sentencepiece(model(bpe(), {}, piece("ab", -1, 5)), "f.x").merge_unused);
}

// The package looks for pieces where all spaces are U+2581, and so finds none with a plain space.
TEST(Sentencepiece, NeverFindsPiecesWithPlainSpaces) {
  for (const int type : {1, 4, 5}) {
    const Vocabulary v = read_sentencepiece(model(bpe(), {}, piece("a b", -1, static_cast<uint64_t>(type))), "f.x");
    EXPECT_EQ(v.pieces[3].type, PieceType::kUnused) << type;
    EXPECT_EQ(v.pieces[3].text, "") << type;
    EXPECT_FALSE(v.merge_unused) << type;
  }
  EXPECT_EQ(read_sentencepiece(model(bpe(), {}, piece("a b", -1, 3)), "f.x").pieces[3].type, PieceType::kControl);
  // There is one thing that it does with some of them.
  expect_refusal(
      model(bpe(), {}, piece("a  b", -1, 4)),
      "piece 3: a user-defined piece with plain spaces in a row, which remove_extra_whitespaces leaves alone");
  EXPECT_EQ(read_sentencepiece(model(bpe(), Message().number(4, 0), piece("a  b", -1, 4)), "f.x").pieces[3].type,
            PieceType::kUnused);
}

TEST(Padding, IsPlausibleUpToARoundSize) {
  EXPECT_TRUE(is_plausible_padding(512, 512));
  EXPECT_TRUE(is_plausible_padding(105, 112));
  EXPECT_TRUE(is_plausible_padding(50257, 50304));
  EXPECT_TRUE(is_plausible_padding(32100, 32128));
  EXPECT_TRUE(is_plausible_padding(31800, 32000));
  EXPECT_FALSE(is_plausible_padding(513, 512));
  EXPECT_FALSE(is_plausible_padding(96, 112));     // 96 is as round
  EXPECT_FALSE(is_plausible_padding(105, 113));    // not round
  EXPECT_FALSE(is_plausible_padding(105, 128));    // more than an eighth
  EXPECT_FALSE(is_plausible_padding(512, 32000));  // another model's
  EXPECT_FALSE(is_plausible_padding(0, 8));
}

TEST(Padding, IsNeverSampledNorFound) {
  Vocabulary v = make_vocabulary(300, 1);
  pad_vocabulary(&v, 304);
  const Bytes section = write_vocabulary(v);
  Tokenizer tokenizer;
  ASSERT_TRUE(tokenizer.open(section, 304).ok());
  EXPECT_EQ(tokenizer.sampled_size(), 300u);
  EXPECT_EQ(tokenizer.type(303), PieceType::kUnused);
  EXPECT_EQ(tokenizer.piece(303), "");
  EXPECT_EQ(load_u32(section.data() + vocab::kFlagsAt) & vocab::kMergeUnused, 0u);  // nothing that 1.0 does not know
}

TEST(Sentencepiece, RefusesByNameWhatIsNotSupported) {
  expect_refusal(model(Message().number(3, 1), {}), "model type unigram is not supported; train with --model_type=bpe");
  expect_refusal(model(Message().number(4, 9), {}), "model type unigram");  // the default
  expect_refusal(model(Message().number(3, 3), {}), "model type word");
  expect_refusal(model(Message().number(3, 4), {}), "model type char");
  expect_refusal(model(Message().number(3, 77), {}), "model type unknown");
  expect_refusal(model(bpe().number(24, 1), {}), "treat_whitespace_as_suffix is not supported");
  expect_refusal(model(bpe(), Message().number(5, 0)), "escape_whitespaces=false is not supported");
  expect_refusal(model(bpe(), Message().text(1, "nmt_nfkc").text(2, "\1\2")),
                 "normalization rule nmt_nfkc is not supported; train with --normalization_rule_name=identity");
}

TEST(Sentencepiece, RefusesDamage) {
  expect_refusal(model(bpe(), {}, piece("a", 0, 7)), "piece 3: unknown type 7");
  expect_refusal(model(bpe(), {}, piece("a", std::numeric_limits<float>::infinity(), 1)), "piece 3: its score");
  expect_refusal(model(bpe(), {}, piece("", 0, 1)), "piece 3: it has no text");
  expect_refusal(model(bpe(), {}, piece("<0xZZ>", 0, 6)), "piece 3: a byte not spelled <0xNN>");
  expect_refusal(model(bpe(), {}, piece(std::string(1025, 'x'), 0, 1)), "piece 3: 1025 bytes of text");
  expect_refusal(model(bpe().number(41, 4), {}), "bos_id is 4, there are 4 pieces");
  const Bytes good = model(bpe(), {});
  Bytes bad = good;
  bad[1] = std::byte{0x7f};  // longer than the file
  expect_refusal(bad, "byte 2 is no part of a sentencepiece model");
  for (const int wire : {3, 4, 6, 7}) {  // groups, and what protobuf has not
    bad = good;
    bad.push_back(static_cast<std::byte>(1 << 3 | wire));
    expect_refusal(bad, "is no part of a sentencepiece model");
  }
  bad = good;
  bad.resize(bad.size() + 11, std::byte{0xff});  // a varint without an end
  expect_refusal(bad, "is no part of a sentencepiece model");
  EXPECT_NE(refusal([] { read_sentencepiece({}, "f.x"); }).find("no pieces"), std::string::npos);
}

TEST(Sentencepiece, RefusesEveryTruncation) {
  const Bytes file = to_sentencepiece(make_vocabulary(300, 1));
  // The last message's fields are optional one by one, so the file's end is checked by what must be there: cut inside
  // the normalizer, its length no longer fits.
  for (size_t length = 0; length < file.size(); ++length) {
    const Bytes cut(file.begin(), file.begin() + static_cast<ptrdiff_t>(length));
    ASSERT_THROW(read_vocabulary(cut, "f.x", 300), Error) << length;
  }
}

TEST(WriteVocabulary, RefusesWhatTheFormatCannotHold) {
  const auto expect = [](const std::function<void(Vocabulary*)>& edit, const std::string& message) {
    Vocabulary v = make_vocabulary(300, 1);
    edit(&v);
    const std::string found = refusal([&] { write_vocabulary(v); });
    EXPECT_EQ(found.rfind("vocabulary: ", 0), 0u) << found;
    EXPECT_NE(found.find(message), std::string::npos) << found;
  };
  expect([](Vocabulary* v) { v->pieces.clear(); }, "no pieces; name a tokenizer with --tokenizer");
  expect([](Vocabulary* v) { v->pieces.resize(vocab::kMaxPieces + 1); }, "more than 1048576 pieces");
  expect([](Vocabulary* v) { v->pieces[280].text.assign(1025, 'x'); }, "piece 280: 1025 bytes of text");
  expect([](Vocabulary* v) { v->pieces[280].text.clear(); }, "piece 280: it has no text");
  expect([](Vocabulary* v) { v->pieces[3].text = "AB"; }, "piece 3: a byte piece of 2 bytes");
  expect([](Vocabulary* v) { v->pieces[280].type = PieceType{0}; }, "piece 280: unknown type 0");
  expect([](Vocabulary* v) { v->bos = 300; }, "the BOS id is 300, there are 300 pieces");
  expect([](Vocabulary* v) { v->unk = kNoToken, v->pieces[4].type = PieceType::kUnused; },
         "no unknown token and only 255 byte pieces");
}

}  // namespace
}  // namespace thimble::tools
