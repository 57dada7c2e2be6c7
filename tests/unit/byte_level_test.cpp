// Byte-level tokenizers: how text is cut into words, how merges become pieces, and the files that hold them. What is
// expected was computed by hand from the regular expressions of docs/FORMAT.md.

#include "text/byte_level/byte_level.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tests/support/vocabulary_fixture.h"
#include "text/utf8.h"
#include "text/vocabulary_layout.h"
#include "tools/error.h"
#include "tools/vocabulary/byte_spelling.h"
#include "tools/vocabulary/merges.h"

namespace thimble {
namespace {

using byte_level::CharacterClass;
using byte_level::class_of;
using byte_level::SplitRule;
using Words = std::vector<std::string>;

Words words_of(std::string_view text, SplitRule rule) {
  Words words;
  while (!text.empty()) {
    size_t bytes = 0;
    for (size_t left = byte_level::word_characters(text, false, rule); left > 0; --left) {
      bytes += utf8_length(text.substr(bytes));
    }
    words.emplace_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return words;
}

TEST(ByteLevel, KnowsLettersNumbersAndSpaces) {
  for (const uint32_t letter : {0x41u, 0xaau, 0xe9u, 0x3b1u, 0x4e00u, 0x2ebe0u, 0x323afu}) {
    EXPECT_EQ(class_of(letter), CharacterClass::kLetter) << letter;
  }
  for (const uint32_t number : {0x30u, 0xbdu, 0x661u, 0x2167u, 0x1d7ffu}) {
    EXPECT_EQ(class_of(number), CharacterClass::kNumber) << number;
  }
  for (const uint32_t space : {0x9u, 0xdu, 0x20u, 0x85u, 0xa0u, 0x2003u, 0x3000u}) {
    EXPECT_EQ(class_of(space), CharacterClass::kSpace) << space;
  }
  for (const uint32_t other : {0x0u, 0x1fu, 0x21u, 0x301u, 0x200bu, 0x1f600u, 0x323b0u, 0x10ffffu, 0xffffffffu}) {
    EXPECT_EQ(class_of(other), CharacterClass::kOther) << other;
  }
}

TEST(ByteLevel, CutsAsGpt2) {
  const auto cut = [](std::string_view text) { return words_of(text, SplitRule::kGpt2); };
  EXPECT_EQ(cut("Hello world's 12 cats!"), (Words{"Hello", " world", "'s", " 12", " cats", "!"}));
  EXPECT_EQ(cut("a   b \n"), (Words{"a", "  ", " b", " \n"}));
  EXPECT_EQ(cut("I'LL we'll"), (Words{"I", "'", "LL", " we", "'ll"}));
  EXPECT_EQ(cut("\xff\xc3\xa9 \xe4\xb8\x80!?"), (Words{"\xff", "\xc3\xa9", " \xe4\xb8\x80", "!?"}));
}

TEST(ByteLevel, CutsAsLlama3) {
  const auto cut = [](std::string_view text) { return words_of(text, SplitRule::kLlama3); };
  EXPECT_EQ(cut("I'LL (say) 12345.\n\nx"), (Words{"I", "'LL", " (", "say", ")", " ", "123", "45", ".\n\n", "x"}));
  EXPECT_EQ(cut("a \n \n  b"), (Words{"a", " \n \n", " ", " b"}));
  EXPECT_EQ(cut("\tx'\xc5\xbf 'S"), (Words{"\tx", "'\xc5\xbf", " '", "S"}));
}

TEST(ByteLevel, CutsAsSmolLmAndQwen) {
  EXPECT_EQ(words_of("a  12 b", SplitRule::kSmolLm), (Words{"a", "  ", "1", "2", " b"}));
  EXPECT_EQ(words_of("a  12 b", SplitRule::kQwen2), (Words{"a", " ", " ", "1", "2", " b"}));
}

TEST(ByteLevel, CountsASpaceInFront) {
  EXPECT_EQ(byte_level::word_characters("ab c", true, SplitRule::kGpt2), 3u);
  EXPECT_EQ(byte_level::word_characters("", true, SplitRule::kGpt2), 1u);
  EXPECT_EQ(byte_level::word_characters("\n", true, SplitRule::kLlama3), 2u);
}

TEST(ByteSpelling, IsThatOfGpt2) {
  EXPECT_EQ(tools::spelled_bytes("\xc4\xa0t"), " t");               // U+0120
  EXPECT_EQ(tools::spelled_bytes("\xc4\x8a"), "\n");                // U+010A
  EXPECT_EQ(tools::spelled_bytes("\xc3\x83\xc2\xa9"), "\xc3\xa9");  // bytes of U+00E9
  EXPECT_EQ(tools::spelled_bytes("\xc5\x83"), "\xad");              // U+0143, the last
  EXPECT_EQ(tools::spelled_bytes("\xc5\x84"), std::nullopt);        // U+0144
  EXPECT_EQ(tools::spelled_bytes(" "), std::nullopt);
  EXPECT_EQ(tools::spelled_bytes("\xe2\x80\x8d"), std::nullopt);
  EXPECT_EQ(tools::spelling_of(" t\n"), "\xc4\xa0t\xc4\x8a");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    EXPECT_EQ(tools::spelled_bytes(tools::spelling_of(text)), text) << byte;
  }
}

// All bytes, then these pieces.
tools::Vocabulary byte_vocabulary(const std::vector<std::string>& pieces) {
  tools::Vocabulary v;
  v.add_bos = v.add_space = false;
  v.split_rule = SplitRule::kGpt2;
  for (int byte = 0; byte < 256; ++byte)
    v.pieces.push_back({std::string(1, static_cast<char>(byte)), 0, PieceType::kByte});
  for (const std::string& piece : pieces) v.pieces.push_back({piece, 0, PieceType::kNormal});
  return v;
}

std::vector<uint32_t> encode(const tools::Vocabulary& vocabulary, std::string_view text) {
  const std::vector<std::byte> section = tools::write_vocabulary(vocabulary);
  Tokenizer tokenizer;
  EXPECT_TRUE(tokenizer.open(section, static_cast<uint32_t>(vocabulary.pieces.size())).ok());
  return testing::encode(tokenizer, text);
}

// "abc" is made from "ab" and "c" alone: where "bc" was merged first, it stays apart, though "a" + "bc" has its text.
TEST(Merges, KeepTheirPairs) {
  tools::Vocabulary v = byte_vocabulary({"bc", "ab", "abc", "xy"});
  tools::apply_merges(std::vector<tools::Merge>{{"b", "c"}, {"a", "b"}, {"ab", "c"}}, &v, "f");
  EXPECT_EQ(v.pieces[256].left, vocab::kAnyLeft);
  EXPECT_EQ(v.pieces[258].left, 2);
  EXPECT_EQ(v.pieces[259].left, vocab::kNoMerge);
  EXPECT_EQ(encode(v, "abc"), (std::vector<uint32_t>{'a', 256}));
  EXPECT_EQ(encode(v, "ab"), std::vector<uint32_t>{257});
  EXPECT_EQ(encode(v, "xy"), (std::vector<uint32_t>{'x', 'y'}));
  v.whole_words = true;
  EXPECT_EQ(encode(v, "abc xy"), (std::vector<uint32_t>{258, ' ', 'x', 'y'}));
  EXPECT_EQ(encode(v, "xy"), std::vector<uint32_t>{259});
}

TEST(Merges, WithEveryPairNeedNoLeft) {
  tools::Vocabulary v = byte_vocabulary({"ab", "bc", "abc"});
  tools::apply_merges(std::vector<tools::Merge>{{"a", "b"}, {"b", "c"}, {"ab", "c"}, {"a", "bc"}}, &v, "f");
  EXPECT_EQ(v.pieces[258].left, vocab::kAnyLeft);
  EXPECT_EQ(v.pieces[258].score, -2.0f);
}

TEST(Merges, RefusePairsThatAreNotTogether) {
  tools::Vocabulary v = byte_vocabulary({"ab", "bc", "abc", "de"});
  const std::vector<tools::Merge> merges = {{"a", "b"}, {"b", "c"}, {"ab", "c"}, {"d", "e"}, {"a", "bc"}};
  try {
    tools::apply_merges(merges, &v, "f");
    FAIL() << "not refused";
  } catch (const tools::Error& error) {
    EXPECT_EQ(std::string(error.what()).find("f: piece 258: 2 of 2 pairs make it"), 0u) << error.what();
  }
}

TEST(ByteLevel, SplitsAroundSpecialPieces) {
  tools::Vocabulary v = byte_vocabulary({"  "});
  v.pieces[256].left = vocab::kAnyLeft;
  v.pieces.push_back({"<e>", 0, PieceType::kUser});
  EXPECT_EQ(encode(v, "a  <e>  b"), (std::vector<uint32_t>{'a', 256, 257, ' ', ' ', 'b'}));
}

TEST(ByteLevel, DropsBytesThatHaveNoPiece) {
  tools::Vocabulary v = byte_vocabulary({});
  v.pieces.resize(255);
  EXPECT_EQ(encode(v,
                   "a\xff"
                   "b"),
            (std::vector<uint32_t>{'a', 'b'}));
}

TEST(ByteLevel, AddsASpaceOnce) {
  tools::Vocabulary v = byte_vocabulary({});
  v.add_space = v.add_space_once = true;
  EXPECT_EQ(encode(v, "a"), (std::vector<uint32_t>{' ', 'a'}));
  EXPECT_EQ(encode(v, " a"), (std::vector<uint32_t>{' ', 'a'}));
}

// U+2581 is a space elsewhere.
TEST(ByteLevel, KeepsMetaSpaces) {
  EXPECT_EQ(encode(byte_vocabulary({}), "\xe2\x96\x81"), (std::vector<uint32_t>{0xe2, 0x96, 0x81}));
}

constexpr const char* kTokenizerJson =
    R"({"added_tokens":[{"id":4,"content":"<|endoftext|>","special":true}],"normalizer":null,)"
    R"("pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},)"
    R"("model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"Ġ":3},"merges":["a b"]}})";

tools::Vocabulary read_json(std::string_view json) {
  return tools::read_vocabulary(std::as_bytes(std::span(json)), "t.json", 0);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(TokenizerJson, ByteLevel) {
  const tools::Vocabulary v = read_json(kTokenizerJson);
  ASSERT_EQ(v.pieces.size(), 5u);
  EXPECT_EQ(v.pieces[3].text, " ");
  EXPECT_EQ(v.eos, 4u);
  EXPECT_FALSE(v.add_bos);
  EXPECT_EQ(encode(v, "ab ba"), (std::vector<uint32_t>{2, 3, 1, 0}));
}

TEST(TokenizerJson, KeepsWhatSpecialTokensStrip) {
  const std::string special = "\"special\":true";
  const auto with = [&](const std::string& flags) {
    return read_json(replaced(kTokenizerJson, special, special + flags));
  };
  EXPECT_TRUE(with("").stripping.empty());
  const auto stripping = with(",\"rstrip\":true").stripping;
  ASSERT_EQ(stripping.size(), 1u);
  EXPECT_EQ(stripping[0].text, "<|endoftext|>");
  EXPECT_FALSE(stripping[0].left);
  EXPECT_TRUE(stripping[0].right);
  EXPECT_TRUE(with(",\"lstrip\":true").stripping.at(0).left);
}

TEST(TokenizerJson, RefusesPartsByName) {
  const std::vector<std::array<std::string, 3>> cases = {
      {"\"normalizer\":null", "\"normalizer\":{\"type\":\"Lowercase\"}", "normalizer Lowercase is not supported"},
      {"\"ByteLevel\"", "\"Whitespace\"", "pre_tokenizer Whitespace is not supported"},
      {"\"BPE\"", "\"Unigram\"", "a tokenizer of type Unigram is not supported"},
      {"\"a b\"", "\"ab\"", "key model.merges: entry 0 is no pair of pieces"},
      {"\"ab\":2", "\"ab\":-2", "key model.vocab: a piece without an id"},
      {"\"ab\":2", "\"ab\":1000000", "id 1000000 for a vocabulary of"},
      {"\"special\":true", "\"special\":false,\"rstrip\":true",
       "added token <|endoftext|> with rstrip is not supported"},
      {"\"special\":true", "\"special\":true,\"single_word\":true",
       "added token <|endoftext|> with single_word is not supported"},
      {"\"added_tokens\":[", "\"added_tokens\":[{},", "key added_tokens: an entry without id or content"},
  };
  for (const auto& [from, to, words] : cases) {
    try {
      read_json(replaced(kTokenizerJson, from, to));
      ADD_FAILURE() << "not refused: " << to;
    } catch (const tools::Error& error) {
      EXPECT_NE(std::string(error.what()).find("t.json: " + words), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace thimble
