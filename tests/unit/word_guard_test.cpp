// What a guard lets come next, with a lexicon of "the", "cat", "cattle" and "s".

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/lexicon_text.h"
#include "tests/support/model_fixture.h"
#include "tests/support/vocabulary_fixture.h"
#include "thimble/words.h"
#include "tools/vocabulary/write_words.h"

namespace thimble {
namespace {

class WordGuardTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(tokenizer_.open(vocabulary_, static_cast<uint32_t>(pieces_.size()) + 3).ok());
    ASSERT_TRUE(lexicon_.open(words_).ok());
  }

  uint32_t id(const std::string& piece) const {
    const uint32_t found = tokenizer_.find(piece);
    EXPECT_NE(found, kNoToken) << piece;
    return found;
  }

  // Behind a text in these pieces and what came since.
  void begin(const std::vector<std::string>& asked, const std::vector<std::string>& told = {}) {
    asked_.clear();
    for (const std::string& piece : asked) asked_.push_back(id(piece));
    guard_.start(lexicon_, tokenizer_, asked_);
    for (const std::string& piece : told) guard_.accept(id(piece));
  }
  bool allows(const std::string& piece) const { return guard_.allows(id(piece)); }

  const std::vector<std::string> pieces_ = {" the", " ca",  "t", "tle", " cat", "s",    "es", "e", " ",     ".",  "'",
                                            " Bip", " fox", "x", "R",   " b",   " The", "a",  "1", " zax.", "ip", "\n"};
  const std::vector<std::byte> vocabulary_ = testing::vocabulary_of(pieces_);
  const std::vector<std::byte> words_ = tools::write_words("The cat, the cattle: 's");
  Tokenizer tokenizer_;
  Lexicon lexicon_;
  std::vector<uint32_t> asked_;
  WordGuard guard_;
};

TEST_F(WordGuardTest, AWordOfTheLexiconMayBeBegunContinuedAndEnded) {
  begin({" the"}, {" ca"});
  EXPECT_TRUE(allows("t"));
  EXPECT_FALSE(allows("x"));
  EXPECT_FALSE(allows(" the"));  // "ca" is no word
  EXPECT_FALSE(allows("</s>"));
  guard_.accept(id("t"));
  EXPECT_TRUE(allows(" the"));
  EXPECT_TRUE(allows("."));
  EXPECT_TRUE(allows("\n"));
  EXPECT_TRUE(allows("</s>"));
  EXPECT_TRUE(allows("tle"));
  EXPECT_FALSE(allows("s"));  // "cats" is not listed
}

TEST_F(WordGuardTest, AWordOfTheTextBeforeMayBeSaidAgain) {
  begin({" the", " cat", "."});
  EXPECT_FALSE(allows(" Bip"));
  begin({" Bip", "."});
  EXPECT_TRUE(allows(" Bip"));
  EXPECT_TRUE(allows(" b"));  // its beginning, in small letters
  guard_.accept(id(" b"));
  EXPECT_TRUE(allows("ip"));
  EXPECT_FALSE(allows("a"));
  EXPECT_FALSE(allows("."));
}

TEST_F(WordGuardTest, AndOutOfThePluralButNotIntoIt) {
  begin({" fox", "."}, {" fox"});
  EXPECT_FALSE(allows("es"));
  EXPECT_FALSE(allows("e"));
  begin({" Bip", "."}, {" Bip"});
  EXPECT_FALSE(allows("s"));
  begin({" fox", "es", "."}, {" fox"});
  EXPECT_TRUE(allows("."));
  EXPECT_TRUE(allows("es"));
  begin({" Bip", "s", "."}, {" Bip"});
  EXPECT_TRUE(allows("."));
  EXPECT_FALSE(allows("a"));
}

TEST_F(WordGuardTest, NoWordComesTwiceRunning) {
  begin({"."}, {" cat"});
  EXPECT_FALSE(allows(" cat"));
  EXPECT_TRUE(allows(" the"));
  begin({"."}, {" ca", "t"});
  EXPECT_FALSE(allows(" ca"));  // it is the first token that counts
  EXPECT_TRUE(allows(" cat"));
  for (const char* between : {".", "\n", "'", " the"}) {
    begin({"."}, {" cat", between});
    EXPECT_TRUE(allows(" cat")) << between;
  }
  begin({" the", " Bip"});
  EXPECT_FALSE(allows(" Bip"));  // nor behind the text before
}

TEST_F(WordGuardTest, TokensOfUnlistedWordsBeforeAndAfterTheyAreSaid) {
  const auto tokens = [this](bool said) {
    std::vector<uint32_t> found(8);
    found.resize(guard_.unlisted_tokens(said, found));
    return found;
  };
  const std::vector<uint32_t> bip = {id(" b"), id("ip")};
  const std::vector<uint32_t> foxes = {id(" fox"), id("es")};
  std::vector<uint32_t> both = bip;
  both.insert(both.end(), foxes.begin(), foxes.end());
  begin({" the", " b", "ip", " cat", " fox", "es", "."});
  EXPECT_EQ(tokens(false), both);
  EXPECT_EQ(tokens(true), std::vector<uint32_t>{});
  EXPECT_FALSE(guard_.accept(id(" fox")));  // not before the word ends
  EXPECT_EQ(tokens(false), both);
  EXPECT_TRUE(guard_.accept(id(" cat")));  // one fox is one of the foxes
  EXPECT_EQ(tokens(false), bip);
  EXPECT_EQ(tokens(true), foxes);
  EXPECT_FALSE(guard_.accept(id(" fox")));
  EXPECT_FALSE(guard_.accept(id(".")));  // said before
  EXPECT_FALSE(guard_.accept(id(" Bip")));
  EXPECT_TRUE(guard_.accept(id("</s>")));  // in whatever letters and tokens
  EXPECT_EQ(tokens(true), both);
  std::vector<uint32_t> first(1);
  EXPECT_EQ(guard_.unlisted_tokens(true, first), 1u);
  EXPECT_EQ(first[0], bip[0]);
}

TEST_F(WordGuardTest, AWordThatTheTextBeforeLeftUnfinishedIsNotSaidByItsEnd) {
  begin({" Bip"});
  EXPECT_FALSE(guard_.accept(id(".")));
  EXPECT_FALSE(guard_.accept(id(" Bip")));
  EXPECT_TRUE(guard_.accept(id(".")));
}

TEST_F(WordGuardTest, NoSentenceOfFourWordsComesTwice) {
  const auto again = [this](const std::vector<std::string>& told, const std::string& piece) {
    std::vector<uint32_t> ids;
    for (const std::string& text : told) ids.push_back(id(text));
    return ends_sentence_again(tokenizer_, ids, id(piece));
  };
  const std::vector<std::string> four = {" the", " cat", " fox", " Bip"};
  std::vector<std::string> told = four;
  EXPECT_FALSE(again(told, "."));
  told.push_back(".");
  EXPECT_FALSE(again(told, "."));
  told.insert(told.end(), four.begin(), four.end());
  EXPECT_TRUE(again(told, "."));
  EXPECT_FALSE(again(told, " the"));
  EXPECT_FALSE(again(told, "</s>"));
  told.push_back("s");
  EXPECT_FALSE(again(told, "."));  // another last word
  told = {" the", " cat", " fox", ".", " the", " cat", " fox"};
  EXPECT_FALSE(again(told, "."));  // three words
  told = {" the", " cat", " fox", " Bip", " the", "\n", ".", " the", " cat", " fox", " Bip"};
  EXPECT_FALSE(again(told, "."));  // the other one went on
  EXPECT_FALSE(again({}, "."));
}

TEST_F(WordGuardTest, AWordThatThePromptCutsMayStandOrGoOn) {
  begin({" the", " ca"});
  EXPECT_TRUE(allows("."));
  EXPECT_TRUE(allows("</s>"));
  EXPECT_TRUE(allows("t"));
  EXPECT_FALSE(allows("x"));
  begin({" fox"});
  EXPECT_TRUE(allows(" the"));
  EXPECT_FALSE(allows("a"));
}

TEST_F(WordGuardTest, OnlyLettersCount) {
  begin({"."}, {" cat"});
  EXPECT_TRUE(allows("'"));
  EXPECT_TRUE(allows("1"));
  guard_.accept(id("'"));
  EXPECT_TRUE(allows("s"));
  guard_.accept(id("s"));
  EXPECT_TRUE(allows(" the"));
  EXPECT_FALSE(allows(" zax."));  // looked at to its end
}

TEST_F(WordGuardTest, NoCapitalStandsBehindASmallLetter) {
  begin({"."}, {" The"});
  EXPECT_TRUE(allows("."));
  begin({" b", "a", "."}, {" ca"});
  EXPECT_FALSE(allows("R"));
  begin({" ca", "R", "."}, {" ca"});  // but as the text before has it
  EXPECT_TRUE(allows("R"));
}

TEST_F(WordGuardTest, WhatIsTooLongToBeKeptIsNotHeldToAnything) {
  begin(std::vector<std::string>(kMaxWordBytes + 1, "x"));
  EXPECT_TRUE(allows("a"));
  EXPECT_TRUE(allows(" the"));
  EXPECT_FALSE(allows(" zax."));
}

TEST_F(WordGuardTest, TheLongestAllowedTokenGoesOn) {
  begin({"."}, {" ca"});
  EXPECT_EQ(guard_.longest_allowed(), id("t"));
  begin({" cat", "."}, {" cat"});
  EXPECT_EQ(guard_.longest_allowed(), id(" the"));  // of the longest, the first
}

// Through the engine: every word of a story is of the lexicon or of the prompt.
TEST(GuardedGenerator, WritesOnlyItsWordsUnlessAskedForAny) {
  tools::ConvertOptions options;
  options.words = tools::write_words("was a the to and in on it he be is");
  const tools::ImageBytes image =
      tools::convert(testing::to_imported(testing::make_fixture(testing::small_spec())), options);
  testing::TestEngine run(image.span(), {.max_batch = 8});
  Lexicon lexicon;
  ASSERT_TRUE(lexicon.open(run.model().words()).ok());
  EXPECT_EQ(run.model().format_minor(), 3);
  for (const float temperature : {0.0f, 1.0f}) {
    GeneratorParams params = testing::greedy(60);
    params.sampler.temperature = temperature;
    params.sampler.top_k = 0;
    params.ignore_eos = true;
    const auto unknown = [&](const std::string& text) {
      size_t count = 0;
      WordInProgress word;
      for (const char c : text + ".") {
        if (WordInProgress::is_letter(c)) {
          word.add(c);
          continue;
        }
        const bool known = word.empty() || word.letters() == "once" || lexicon.find(word.letters()).word;
        count += known ? 0 : 1;
        word.clear();
      }
      return count;
    };
    const std::string held = testing::generate(run.engine(), "Once ", params).text;
    const std::string last_word = held.substr(std::min(held.find_last_of(" .,\n\"'!?-") + 1, held.size()));
    EXPECT_EQ(unknown(held.substr(0, held.size() - last_word.size())), 0u) << held;
    params.any_word = true;
    EXPECT_GT(unknown(testing::generate(run.engine(), "Once ", params).text), 0u);
  }
}

}  // namespace
}  // namespace thimble
