// The lexicon and the guard against naive ones, on random words; and sections with random damage.

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/lexicon_text.h"
#include "thimble/words.h"
#include "tools/vocabulary/write_words.h"

namespace thimble {
namespace {

std::string random_word(std::mt19937& random, size_t most) {
  std::string word;
  const size_t length = 1 + random() % most;
  while (word.size() < length) word += "abes\xc3"[random() % 5];
  return word;
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

TEST(WordsProperty, FindsWhatASetFinds) {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    std::set<std::string> words;
    const size_t count = 1 + random() % 90;
    while (words.size() < count) words.insert(random_word(random, 6));
    const auto section = tools::write_words(joined(words));
    Lexicon lexicon;
    ASSERT_TRUE(lexicon.open(section).ok());
    EXPECT_EQ(lexicon.size(), words.size());
    for (int i = 0; i < 300; ++i) {
      const std::string letters = random_word(random, 7);
      const auto next = words.lower_bound(letters);
      const Lexicon::Found found = lexicon.find(letters);
      EXPECT_EQ(found.word, words.contains(letters)) << letters;
      EXPECT_EQ(found.beginning, next != words.end() && next->starts_with(letters)) << letters;
    }
  }
}

// All words of a text may be used, each also without the ending of a plural.
class NaiveGuard {
 public:
  NaiveGuard(const std::set<std::string>& lexicon, const std::vector<std::string>& asked) : allowed_(lexicon) {
    for (const std::string& piece : asked) accept(piece);
    for (const std::string& word : words_of(text_ + " ")) {
      allowed_.insert(word);
      for (const size_t cut : {size_t{1}, size_t{2}}) {
        if (word.size() <= cut) continue;
        const std::string stem = word.substr(0, word.size() - cut);
        if (stem + ending(stem) == word) allowed_.insert(stem);
        if (stem.back() == 'h' && stem + "s" == word) allowed_.insert(stem);
      }
    }
  }

  bool allows(const std::string& piece) const {
    const bool begins_word = piece.size() > 1 && piece[0] == ' ' && piece[1] != ' ' && piece[1] != '.';
    if (begins_word && piece == word_piece_) return false;
    const std::string text = open_word() + piece;
    for (const std::string& word : words_of(text)) {
      if (!allowed_.contains(word)) return false;
    }
    const std::string last = text.substr(text.find_last_of(" .") + 1);
    const auto next = allowed_.lower_bound(last);
    return last.empty() || (next != allowed_.end() && next->starts_with(last));
  }
  void accept(const std::string& piece) {
    text_ += piece;
    if (piece.find_first_of(" .") != std::string::npos) word_piece_ = piece;
  }

 private:
  static std::string ending(const std::string& word) {
    return std::string("sxzh").find(word.back()) != std::string::npos ? "es" : "s";
  }
  // The words that end in the text.
  static std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    size_t begin = 0;
    for (size_t at = 0; at < text.size(); ++at) {
      if (text[at] != ' ' && text[at] != '.') continue;
      if (at > begin) words.push_back(text.substr(begin, at - begin));
      begin = at + 1;
    }
    return words;
  }
  std::string open_word() const { return text_.substr(text_.find_last_of(" .") + 1); }

  std::set<std::string> allowed_;
  std::string text_;
  std::string word_piece_;  // the last one with more than letters
};

TEST(WordsProperty, GuardAllowsWhatANaiveOneAllows) {
  std::mt19937 random(2);
  const std::vector<std::string> pieces = {" ", ".", "a", "b", "e", "s", "ab", " a", " be", "es", "bes", "a.", "s b"};
  const auto vocabulary = testing::vocabulary_of(pieces);
  Tokenizer tokenizer;
  ASSERT_TRUE(tokenizer.open(vocabulary, static_cast<uint32_t>(pieces.size()) + 3).ok());
  int allowed = 0;
  int refused = 0;
  for (int round = 0; round < 400; ++round) {
    std::set<std::string> words;
    for (size_t i = random() % 5 + 1; i > 0; --i) words.insert(random_word(random, 4));
    const auto section = tools::write_words(joined(words));
    Lexicon lexicon;
    ASSERT_TRUE(lexicon.open(section).ok());
    std::vector<uint32_t> asked;
    std::vector<std::string> text;
    for (size_t i = random() % 8; i > 0; --i) {
      const size_t piece = random() % pieces.size();
      asked.push_back(static_cast<uint32_t>(piece) + 2);
      text.push_back(pieces[piece]);
    }
    WordGuard guard;
    guard.start(lexicon, tokenizer, asked);
    NaiveGuard naive(words, text);
    for (int step = 0; step < 12; ++step) {
      size_t next = pieces.size();
      for (size_t i = 0; i < pieces.size(); ++i) {
        const bool may = naive.allows(pieces[i]);
        ASSERT_EQ(guard.allows(static_cast<uint32_t>(i) + 2), may)
            << '"' << ::testing::PrintToString(text) << "\" + \"" << pieces[i] << '"';
        ++(may ? allowed : refused);
        if (may && (next == pieces.size() || random() % 3 == 0)) next = i;
      }
      if (next == pieces.size()) break;
      text.push_back(pieces[next]);
      naive.accept(pieces[next]);
      guard.accept(static_cast<uint32_t>(next) + 2);
    }
  }
  EXPECT_GT(allowed, 5000);
  EXPECT_GT(refused, 5000);
}

TEST(WordsProperty, DamagedSectionsAreRefusedOrSafe) {
  std::mt19937 random(3);
  std::set<std::string> words;
  while (words.size() < 100) words.insert(random_word(random, 6));
  const auto section = tools::write_words(joined(words));
  for (size_t length = 0; length < section.size(); ++length) {
    const std::vector<std::byte> cut(section.begin(), section.begin() + static_cast<ptrdiff_t>(length));
    Lexicon lexicon;
    EXPECT_EQ(lexicon.open(cut).ok(), cut.empty());
  }
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    std::vector<std::byte> damaged = section;
    damaged[random() % damaged.size()] ^= static_cast<std::byte>(1 + random() % 255);
    Lexicon lexicon;
    refused += lexicon.open(damaged).ok() ? 0 : 1;
    for (const char* letters : {"a", "abes", "s", "\xc3\xc3"})
      (void)lexicon.find(letters);  // a sanitizer sees the rest
  }
  EXPECT_GT(refused, 2500);
}

}  // namespace
}  // namespace thimble
