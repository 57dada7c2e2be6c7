#include "thimble/tokenizer.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/vocabulary_fixture.h"
#include "text/vocabulary_layout.h"

namespace thimble {
namespace {

using testing::decode;
using testing::encode;
using testing::make_vocabulary;
using tools::Vocabulary;
using tools::write_vocabulary;
using Bytes = std::vector<std::byte>;
using Ids = std::vector<uint32_t>;

// A vocabulary written and opened.
struct Opened {
  explicit Opened(const Vocabulary& vocabulary) : section(write_vocabulary(vocabulary)) {
    status = tokenizer.open(section, static_cast<uint32_t>(vocabulary.pieces.size()));
  }
  Bytes section;
  Tokenizer tokenizer;
  Status status;
};

// Three specials and normal pieces with these texts, best score first.
Vocabulary vocabulary_of(const std::vector<std::string>& texts) {
  Vocabulary v;
  v.unk = 0, v.bos = 1, v.eos = 2;
  v.pieces = {{"<unk>", 0, PieceType::kUnknown}, {"<s>", 0, PieceType::kControl}, {"</s>", 0, PieceType::kControl}};
  float score = 0;
  for (const std::string& text : texts) v.pieces.push_back({text, score--, PieceType::kNormal});
  return v;
}

constexpr EncodeOptions kBare = {.add_bos = false, .add_space = false};

Ids ids_of(const Tokenizer& t, const std::vector<std::string>& texts) {
  Ids ids;
  for (const std::string& text : texts) ids.push_back(t.find(text));
  return ids;
}

TEST(Tokenizer, NothingWorksBeforeOpen) {
  Tokenizer t;
  size_t count = 7;
  EXPECT_EQ(t.encode("a", {}, {}, {}, &count).code(), Code::kNotReady);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(t.piece(0), "");
  EXPECT_EQ(t.name(0), "");
  EXPECT_EQ(t.find("a"), kNoToken);
  EXPECT_EQ(t.type(0), PieceType::kUnused);
  EXPECT_EQ(t.score(0), 0.0f);
  EXPECT_EQ(t.decode(0, 0), "");
  EXPECT_EQ(t.vocab_size(), 0u);
  EXPECT_FALSE(t.ends_text(kNoToken));
}

TEST(Tokenizer, AnswersForEveryPieceOfEverySize) {
  for (const uint32_t size : {8u, 9u, 64u, 258u, 259u, 260u, 320u, 512u, 3000u}) {
    const Vocabulary vocabulary = make_vocabulary(size, size);
    const Opened opened(vocabulary);
    ASSERT_TRUE(opened.status.ok()) << opened.status.subject();
    for (uint32_t id = 0; id < size; ++id) {
      const tools::VocabularyPiece& p = vocabulary.pieces[id];
      EXPECT_EQ(opened.tokenizer.name(id), p.text);
      EXPECT_EQ(opened.tokenizer.type(id), p.type);
      EXPECT_EQ(opened.tokenizer.score(id), p.score);
      const bool has_text = p.type == PieceType::kNormal || p.type == PieceType::kByte;
      EXPECT_EQ(opened.tokenizer.piece(id), has_text ? p.text : "");
      const bool listed = p.type == PieceType::kNormal || p.type == PieceType::kControl;
      if (listed) {
        EXPECT_EQ(opened.tokenizer.find(p.text), id);
      }
    }
    EXPECT_EQ(opened.tokenizer.piece(size), "");
    EXPECT_EQ(opened.tokenizer.name(kNoToken), "");
    EXPECT_EQ(opened.tokenizer.type(size), PieceType::kUnused);
    EXPECT_EQ(opened.tokenizer.find("no such piece"), kNoToken);
    EXPECT_EQ(opened.tokenizer.find(""), kNoToken);
    EXPECT_EQ(opened.tokenizer.find(std::string(5000, 'x')), kNoToken);
  }
}

TEST(Tokenizer, ReportsTheSpecialTokens) {
  Vocabulary v = make_vocabulary(300, 1);
  const Opened opened(v);
  EXPECT_EQ(opened.tokenizer.unk(), 0u);
  EXPECT_EQ(opened.tokenizer.bos(), 1u);
  EXPECT_EQ(opened.tokenizer.eos(), 2u);
  EXPECT_TRUE(opened.tokenizer.adds_bos() && opened.tokenizer.adds_space());
  EXPECT_TRUE(opened.tokenizer.ends_text(1) && opened.tokenizer.ends_text(2));
  EXPECT_FALSE(opened.tokenizer.ends_text(0) || opened.tokenizer.ends_text(kNoToken));
  v.bos = v.eos = v.unk = kNoToken;  // legal: every byte has a piece
  v.add_space = false;
  const Opened without(v);
  ASSERT_TRUE(without.status.ok());
  EXPECT_FALSE(without.tokenizer.adds_bos() || without.tokenizer.adds_space());
  EXPECT_FALSE(without.tokenizer.ends_text(kNoToken));
  EXPECT_EQ(encode(without.tokenizer, "a").size(), 1u);
}

TEST(Encode, MergesTheBestPairFirstAndTheLeftmostOfEquals) {
  Vocabulary v = vocabulary_of({"ab", "bc", "abc", "a", "b", "c", "d", "dd"});
  EXPECT_EQ(encode(Opened(v).tokenizer, "abc", kBare), (Ids{5}));  // ab, then abc
  EXPECT_EQ(encode(Opened(v).tokenizer, "ddd", kBare), (Ids{10, 9}));
  v.pieces[5].text = "xyz";
  EXPECT_EQ(encode(Opened(v).tokenizer, "abc", kBare), (Ids{3, 8}));
  std::swap(v.pieces[3].score, v.pieces[4].score);
  EXPECT_EQ(encode(Opened(v).tokenizer, "abc", kBare), (Ids{6, 4}));
  v.pieces[3].score = v.pieces[4].score = -1;
  EXPECT_EQ(encode(Opened(v).tokenizer, "abc", kBare), (Ids{3, 8}));
}

TEST(Encode, PutsBosAndTheAddedSpaceAsAsked) {
  const Opened opened(vocabulary_of({" a", " ", "a", "b"}));
  const Tokenizer& t = opened.tokenizer;
  EXPECT_EQ(encode(t, "a"), (Ids{1, 3}));
  EXPECT_EQ(encode(t, "a", {.add_bos = false}), (Ids{3}));
  EXPECT_EQ(encode(t, "a", {.add_space = false}), (Ids{1, 5}));
  EXPECT_EQ(encode(t, " a"), (Ids{1, 4, 3}));
  EXPECT_EQ(encode(t, ""), (Ids{1}));  // no space before nothing
  EXPECT_EQ(encode(t, "", kBare), Ids{});
  EXPECT_EQ(decode(t, encode(t, "a")), "a");
  EXPECT_EQ(decode(t, encode(t, "  a")), "  a");
  EXPECT_EQ(t.decode(5, 3), " a");
}

TEST(Encode, SpellsTheAddedSpaceAsAByteWhereNoPieceHasOne) {
  const Opened opened(make_vocabulary(259, 1));
  EXPECT_EQ(encode(opened.tokenizer, "a"), (Ids{1, 3 + ' ', 3 + 'a'}));
  EXPECT_EQ(decode(opened.tokenizer, {1, 3 + ' ', 3 + 'a'}), "a");
}

TEST(Encode, ReadsMetaSpaceAsSpace) {
  const Opened opened(vocabulary_of({" a", "  ", " ", "a"}));
  const Tokenizer& t = opened.tokenizer;
  EXPECT_EQ(encode(t,
                   "a\xe2\x96\x81"
                   "a",
                   kBare),
            encode(t, "a a", kBare));
  EXPECT_EQ(encode(t,
                   "\xe2\x96\x81 \xe2\x96\x81"
                   "a",
                   kBare),
            encode(t, "   a", kBare));
  EXPECT_EQ(encode(t, "a\xe2\x96", kBare), (Ids{6, 0}));  // cut short it is two odd bytes
}

// Pieces with a space behind a non-space forbid cutting the text at spaces.
TEST(Encode, MergesAcrossSpacesWhereThePiecesDo) {
  const Opened opened(vocabulary_of({"a b", "a ", "a", "b", " "}));
  EXPECT_EQ(encode(opened.tokenizer, "a ba b", kBare), (Ids{3, 3}));
}

TEST(Encode, GivesUnknownCharactersTheirBytes) {
  const Opened opened(make_vocabulary(320, 1));
  const Tokenizer& t = opened.tokenizer;
  EXPECT_EQ(encode(t, "\xe8\xaa\x9e", kBare), (Ids{3 + 0xe8, 3 + 0xaa, 3 + 0x9e}));
  EXPECT_EQ(encode(t, "\xff\xc0", kBare), (Ids{3 + 0xff, 3 + 0xc0}));
}

TEST(Encode, GivesUnknownCharactersInARowOneUnknownToken) {
  const Opened opened(vocabulary_of({"a", " "}));
  const Tokenizer& t = opened.tokenizer;
  EXPECT_EQ(encode(t, "xyz", kBare), (Ids{0}));
  EXPECT_EQ(encode(t,
                   "xaéé\xff"
                   "a",
                   kBare),
            (Ids{0, 3, 0, 3}));
  EXPECT_EQ(encode(t, "x y", kBare), (Ids{0, 4, 0}));
}

// A pruned vocabulary may keep only some bytes.
TEST(Encode, GivesACharacterWithoutAllItsBytesTheUnknownToken) {
  Vocabulary v = vocabulary_of({"a"});
  v.pieces.push_back({"\xc3", 0, PieceType::kByte});
  v.pieces.push_back({"\xa9", 0, PieceType::kByte});
  const Opened opened(v);
  EXPECT_EQ(encode(opened.tokenizer,
                   "\xc3\xa9\xc3\xaa"
                   "a",
                   kBare),
            (Ids{4, 5, 0, 3}));
}

TEST(Encode, TakesUserDefinedPiecesOutFirstTheLongestAtEachPlace) {
  Vocabulary v = vocabulary_of({"ab", "bc", "a", "b", "c", "d", " ", " a"});
  v.pieces.push_back({"bcd", 0, PieceType::kUser});
  v.pieces.push_back({"bc d", 0, PieceType::kUser});
  v.pieces.push_back({"b", 0, PieceType::kUser});
  const Opened opened(v);
  const Tokenizer& t = opened.tokenizer;
  ASSERT_TRUE(opened.status.ok());
  EXPECT_EQ(encode(t, "abcd", kBare), (Ids{5, 11}));
  EXPECT_EQ(encode(t, "abc d", kBare), (Ids{5, 12}));
  EXPECT_EQ(encode(t,
                   "abc\xe2\x96\x81"
                   "d",
                   kBare),
            (Ids{5, 12}));
  EXPECT_EQ(encode(t, "abc", kBare), (Ids{5, 13, 7}));
  EXPECT_EQ(encode(t, "bcd", {.add_bos = false}), (Ids{9, 11}));  // the added space stands before it
  EXPECT_EQ(encode(t, "bcda", {.add_bos = false}), (Ids{9, 11, 5}));
  EXPECT_EQ(t.piece(11), "bcd");
  EXPECT_EQ(t.find("b"), 6u);
}

TEST(Encode, RecognisesControlPiecesOnlyOnRequest) {
  const Opened opened(vocabulary_of({"<", "s", ">", " ", " s", "/"}));
  const Tokenizer& t = opened.tokenizer;
  EXPECT_EQ(encode(t, "<s>", kBare), ids_of(t, {"<", "s", ">"}));
  const EncodeOptions control = {.add_bos = false, .add_space = false, .parse_control = true};
  EXPECT_EQ(encode(t, "s<s>s</s>", control), (Ids{4, 1, 4, 2}));
  // Behind a control piece a text begins anew, so the space is added there.
  const EncodeOptions spaced = {.add_bos = false, .parse_control = true};
  EXPECT_EQ(encode(t, "<s>s</s><s>s", spaced), (Ids{1, 7, 2, 1, 7}));
  EXPECT_EQ(encode(t, "<s>", spaced), (Ids{1}));
}

// The words of a user between the parts of a chat template.
TEST(Encode, TakesLiteralBytesForText) {
  Vocabulary v = vocabulary_of({"<", "s", ">", "/", "[", "]"});
  v.pieces.push_back({"<u>", 0, PieceType::kUser});
  const Opened opened(v);
  const auto ids = [&](const std::string& before, const std::string& words, const std::string& after) {
    const EncodeOptions options = {.add_bos = false,
                                   .add_space = false,
                                   .parse_control = true,
                                   .literal_begin = before.size(),
                                   .literal_end = before.size() + words.size()};
    return encode(opened.tokenizer, before + words + after, options);
  };
  EXPECT_EQ(ids("<s>[", "s", "]</s>"), (Ids{1, 7, 4, 8, 2}));
  EXPECT_EQ(ids("<s>[", "</s>", "]</s>"), (Ids{1, 7, 3, 6, 4, 5, 8, 2}));
  EXPECT_EQ(ids("<s>", "/", "</s>"), (Ids{1, 6, 2}));           // right beside control pieces
  EXPECT_EQ(ids("<s", ">/", "</s>"), (Ids{3, 4, 5, 6, 2}));     // one that ends in them
  EXPECT_EQ(ids("<s>", "/<", "/s>"), (Ids{1, 6, 3, 6, 4, 5}));  // one that begins in them
  EXPECT_EQ(ids("<", "s", ">"), (Ids{3, 4, 5}));                // one around them
  EXPECT_EQ(ids("<s>", "<u>", "</s>"), (Ids{1, 9, 2}));         // user-defined pieces are for users
  EXPECT_EQ(ids("<", "", "s>"), (Ids{1}));                      // no words
}

TEST(Encode, RemovesExtraSpacesWhereTheVocabularySaysSo) {
  Vocabulary v = vocabulary_of({" a", " ", "a", "  "});
  v.remove_extra_spaces = true;
  const Opened opened(v);
  const Tokenizer& t = opened.tokenizer;
  EXPECT_TRUE(t.removes_extra_spaces());
  EXPECT_EQ(encode(t, "  a   a  "), (Ids{1, 3, 3}));
  EXPECT_EQ(encode(t, "   "), (Ids{1}));
  // A text that goes on: in front a space is one, too.
  EXPECT_EQ(encode(t, "  a   a  ", kBare), (Ids{3, 3}));
  EXPECT_EQ(encode(t, "a ", kBare), (Ids{5}));
  EXPECT_EQ(encode(t, "  ", kBare), Ids{});
  // What follows a control piece is a text of its own, or goes on, like the whole.
  EXPECT_EQ(encode(t, "a  <s>  a ", {.add_bos = false, .parse_control = true}), (Ids{3, 4, 1, 3}));
  EXPECT_EQ(encode(t, "a  <s>  a ", {.add_bos = false, .add_space = false, .parse_control = true}), (Ids{5, 4, 1, 3}));
  EXPECT_EQ(encode(t, "<s>  ", {.add_bos = false, .parse_control = true}), (Ids{1}));
}

TEST(Encode, TakesUnusedPiecesApart) {
  Vocabulary v = vocabulary_of({"éa", "éab", "é", "a", "b", "ba", "éabé", "a\xff"});
  for (const size_t id : {3u, 4u, 9u, 10u}) v.pieces[id].type = PieceType::kUnused;
  // Steps on the way: éa, éab, then éabé, which is a token.
  v.merge_unused = true;
  const Opened opened(v);
  EXPECT_EQ(encode(opened.tokenizer, "éabé", kBare), (Ids{5, 6, 7, 5}));
  EXPECT_EQ(encode(opened.tokenizer, "éaba\xff", kBare), (Ids{5, 6, 7, 6, 0}));
  v.pieces[9].type = PieceType::kNormal;
  EXPECT_EQ(encode(Opened(v).tokenizer, "éabéb", kBare), (Ids{9, 7}));
  v.merge_unused = false;
  EXPECT_EQ(encode(Opened(v).tokenizer, "éabéb", kBare), (Ids{5, 6, 7, 5, 7}));
  EXPECT_EQ(opened.tokenizer.find("éa"), kNoToken);
  EXPECT_EQ(opened.tokenizer.piece(3), "");
}

// llama.cpp turns "<s" + ">" into the control token; text from outside must not be able to.
TEST(Encode, NeverMergesIntoAControlPiece) {
  const Opened opened(vocabulary_of({"<s", "<", "s", ">"}));
  EXPECT_EQ(encode(opened.tokenizer, "<s>", kBare), (Ids{3, 6}));
}

TEST(Encode, NamesWhatIsTooSmall) {
  const Opened opened(make_vocabulary(300, 1));
  const Tokenizer& t = opened.tokenizer;
  std::vector<uint32_t> ids(100);
  std::vector<uint32_t> workspace(100);
  size_t count = 9;
  const auto bytes = std::as_writable_bytes(std::span(workspace));
  const Status full = t.encode("zz zz", {}, bytes, std::span(ids).first(2), &count);
  EXPECT_EQ(full.code(), Code::kContextFull);
  EXPECT_EQ(full.found(), encode(t, "zz zz").size());  // all that there are, so that advice can be exact
  EXPECT_EQ(full.expected(), 2u);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(t.encode("zz", {}, bytes, {}, &count).code(), Code::kContextFull);
  EXPECT_EQ(t.encode("zz", {}, bytes.subspan(1), ids, &count).code(), Code::kInvalidArgument);
  EXPECT_EQ(t.encode("zz", {}, {}, ids, &count).code(), Code::kTextTooLong);
  // Exactly as promised: the longest run decides, not the text.
  const size_t enough = Tokenizer::workspace_bytes(3);
  EXPECT_TRUE(t.encode("zz zz zz", {}, bytes.first(enough), ids, &count).ok());
  const Status status = t.encode("zz zzzzzz", {}, bytes.first(enough), ids, &count);
  EXPECT_EQ(status.code(), Code::kTextTooLong);
  EXPECT_EQ(status.found(), 5u);
}

TEST(Encode, TakesLongRunsAndLongPieces) {
  const std::string longest(vocab::kMaxPieceBytes, 'z');
  Vocabulary v = make_vocabulary(300, 1);
  for (size_t n = 2; n <= longest.size(); n *= 2) v.pieces.push_back({longest.substr(0, n), -900, PieceType::kNormal});
  const Opened opened(v);
  ASSERT_TRUE(opened.status.ok());
  const std::string text(200000, 'z');
  const Ids ids = encode(opened.tokenizer, text, kBare);
  EXPECT_EQ(decode(opened.tokenizer, ids), text);
  EXPECT_EQ(ids.front(), static_cast<uint32_t>(v.pieces.size() - 1));
  EXPECT_EQ(opened.tokenizer.max_piece_bytes(), vocab::kMaxPieceBytes);
}

TEST(Encode, FindsTheLowestIdOfEqualPieces) {
  Vocabulary v = vocabulary_of({"a", "ab", "b", "ab", "<s>", "<", "s", ">", "<s", "a"});
  const Opened opened(v);
  ASSERT_TRUE(opened.status.ok());
  EXPECT_EQ(encode(opened.tokenizer, "aba", kBare), (Ids{4, 3}));
  EXPECT_EQ(opened.tokenizer.piece(6), "ab");
  EXPECT_EQ(opened.tokenizer.find("<s>"), 1u);                  // the control piece has the lower id
  EXPECT_EQ(encode(opened.tokenizer, "<s>", kBare), (Ids{7}));  // text becomes the normal one
}

}  // namespace
}  // namespace thimble
