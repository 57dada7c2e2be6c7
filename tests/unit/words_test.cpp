// The lexicon of a model: its bytes, its answers, and what it refuses.

#include "thimble/words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"
#include "tests/support/engine_fixture.h"
#include "text/words/words.h"
#include "tools/error.h"
#include "tools/vocabulary/write_words.h"

namespace thimble {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

Lexicon opened(const Bytes& section) {
  Lexicon lexicon;
  const Status status = lexicon.open(section);
  EXPECT_TRUE(status.ok()) << testing::to_string(status);
  return lexicon;
}

void expect_refused(const Bytes& section, Code code, const char* subject) {
  Lexicon lexicon;
  const Status status = lexicon.open(section);
  EXPECT_EQ(status.code(), code) << testing::to_string(status);
  EXPECT_STREQ(status.subject(), subject);
  EXPECT_EQ(lexicon.size(), 0u);
  EXPECT_FALSE(lexicon.find("a").beginning);
}

TEST(Words, SectionIsWhatTheFormatSays) {
  EXPECT_EQ(tools::write_words("Cats, cat!"), bytes_of({2, 0, 0, 0, 8, 0, 0, 0, 0, 3, 'c', 'a', 't', 3, 1, 's'}));
}

TEST(Words, AWordIsFoundAndSoIsItsBeginning) {
  const Bytes section = tools::write_words("the cat CATTLE don't \xc3\xbc");
  const Lexicon lexicon = opened(section);
  EXPECT_EQ(lexicon.size(), 6u);  // "don" and "t" are two
  for (const char* word : {"the", "cat", "cattle", "don", "t", "\xc3\xbc"}) {
    EXPECT_TRUE(lexicon.find(word).word) << word;
    EXPECT_TRUE(lexicon.find(word).beginning) << word;
  }
  for (const char* beginning : {"th", "c", "catt", "d", "\xc3"}) {
    EXPECT_FALSE(lexicon.find(beginning).word) << beginning;
    EXPECT_TRUE(lexicon.find(beginning).beginning) << beginning;
  }
  for (const char* neither : {"a", "cats", "cattles", "dont", "Cat", "z", "\xff"}) {
    EXPECT_FALSE(lexicon.find(neither).word) << neither;
    EXPECT_FALSE(lexicon.find(neither).beginning) << neither;
  }
}

TEST(Words, NoSectionIsALexiconWithoutWords) {
  const Lexicon lexicon = opened({});
  EXPECT_EQ(lexicon.size(), 0u);
  EXPECT_FALSE(lexicon.find("a").beginning);
}

TEST(Words, TextsWithoutUsableWordsAreRefused) {
  EXPECT_THROW((void)tools::write_words("12, 3!"), tools::Error);
  EXPECT_THROW((void)tools::write_words(std::string(kMaxWordBytes + 1, 'a')), tools::Error);
  EXPECT_EQ(opened(tools::write_words(std::string(kMaxWordBytes, 'a'))).size(), 1u);
}

TEST(Words, MalformedSectionsAreRefused) {
  expect_refused(bytes_of({1, 0, 0}), Code::kTruncated, "lexicon");
  expect_refused(bytes_of({0, 0, 0, 0}), Code::kMalformed, "lexicon without words");
  expect_refused(bytes_of({1, 0, 1, 0}), Code::kLimit, "words");
  expect_refused(bytes_of({1, 0, 0, 0, 8, 0, 0}), Code::kTruncated, "lexicon");
  expect_refused(bytes_of({1, 0, 0, 0, 9, 0, 0, 0, 0, 1, 'a'}), Code::kMalformed, "start of block of words");
  expect_refused(bytes_of({1, 0, 0, 0, 8, 0, 0, 0, 0}), Code::kMalformed, "end of word");
  expect_refused(bytes_of({1, 0, 0, 0, 8, 0, 0, 0, 0, 2, 'a'}), Code::kMalformed, "length of word");
  expect_refused(bytes_of({1, 0, 0, 0, 8, 0, 0, 0, 0, 0}), Code::kMalformed, "length of word");
  expect_refused(bytes_of({1, 0, 0, 0, 8, 0, 0, 0, 1, 1, 'a'}), Code::kMalformed, "shared letters of word");
  expect_refused(bytes_of({2, 0, 0, 0, 8, 0, 0, 0, 0, 1, 'a', 2, 1, 'b'}), Code::kMalformed, "shared letters of word");
  expect_refused(bytes_of({1, 0, 0, 0, 8, 0, 0, 0, 0, 1, 'A'}), Code::kMalformed, "letters of word");
  expect_refused(bytes_of({1, 0, 0, 0, 8, 0, 0, 0, 0, 1, '1'}), Code::kMalformed, "letters of word");
  expect_refused(bytes_of({2, 0, 0, 0, 8, 0, 0, 0, 0, 1, 'b', 0, 1, 'b'}), Code::kMalformed, "order of words");
  expect_refused(bytes_of({2, 0, 0, 0, 8, 0, 0, 0, 0, 1, 'b', 0, 1, 'a'}), Code::kMalformed, "order of words");
  expect_refused(bytes_of({1, 0, 0, 0, 8, 0, 0, 0, 0, 1, 'a', 0}), Code::kMalformed, "bytes behind the last word");
}

}  // namespace
}  // namespace thimble
