// The words that a model may write: the lexicon of its file, and the guard that holds what is sampled to it.
//
// A small model spells a word that it has seldom seen with another word's letters. Where its file has a lexicon, a
// token is sampled only if what it spells is a word of the lexicon, a word of the text before the answer, or the
// beginning of one; no word comes twice running, and no sentence twice. A letter is A-Z, a-z or any byte from 0x80 on;
// all else stands between words. docs/NUMERICS.md ("Words") has the rule. A part of its own, which a program links or
// not: CMake's option THIMBLE_WORD_GUARD.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "thimble/status.h"
#include "thimble/tokenizer.h"

namespace thimble {

inline constexpr size_t kMaxWordBytes = 63;  // of a word of the lexicon; letters beyond are not looked at

// The WORD section of a model, in place: sorted words in small letters. Does not own the section. Copyable.
class Lexicon {
 public:
  // Validates the whole section; an empty one is a lexicon without words. On an error there are none. Errors:
  // kTruncated, kMalformed, kLimit.
  Status open(std::span<const std::byte> section);

  uint32_t size() const { return count_; }

  // Whether `letters` are a word, and whether some word begins with them (as each word does with itself).
  struct Found {
    bool word = false;
    bool beginning = false;
  };
  Found find(std::string_view letters) const;

 private:
  std::span<const std::byte> section_;
  uint32_t count_ = 0;
};

// The letters since the last byte that is none, A-Z as small letters.
class WordInProgress {
 public:
  static bool is_letter(char c);
  void add(char letter);
  void clear() {
    length_ = 0;
    small_ = mixed_ = false;
  }
  bool empty() const { return length_ == 0; }
  bool mixed() const { return mixed_; }  // has a capital behind a small letter: "papeR"
  bool too_long() const { return length_ > kMaxWordBytes; }
  std::string_view letters() const { return {text_, too_long() ? kMaxWordBytes : length_}; }  // the first ones

 private:
  char text_[kMaxWordBytes];  // the first length_ are set
  uint8_t length_ = 0;        // kMaxWordBytes + 1: longer
  bool small_ = false;        // the last letter was none of A-Z
  bool mixed_ = false;
};

// Follows one answer. Views the lexicon's section, the tokenizer and the tokens, which must outlive it.
class WordGuard {
 public:
  // Begins behind `asked`: the text so far, whose words the answer may use, and whose last word it may go on with.
  void start(const Lexicon& lexicon, const Tokenizer& tokenizer, std::span<const uint32_t> asked);

  // May this token come next? A token without text, such as the end, ends a word.
  bool allows(uint32_t token) const;

  // The tokens that spell words of `asked` which the lexicon does not list, in their order, as far as `out` has room:
  // of the words that the answer has `said`, or of the others. Returns how many. A token may come more than once.
  size_t unlisted_tokens(bool said, std::span<uint32_t> out) const;

  // The longest token that may come next, of those the one with the lowest id; kNoToken where none may. It goes on with
  // a word that the model would not end. Looks through the whole vocabulary.
  uint32_t longest_allowed() const;

  // It came. True: with it, a word of `asked` that the lexicon does not list has been said for the first time.
  bool accept(uint32_t token);

 private:
  template <class Visit>
  void for_each_unlisted(Visit visit) const;
  void end_word();
  bool may_stand(const WordInProgress& word) const;
  bool may_go_on(const WordInProgress& word) const;

  Lexicon lexicon_;
  const Tokenizer* tokenizer_ = nullptr;
  std::span<const uint32_t> asked_;
  WordInProgress word_;
  bool asked_goes_on_ = false;  // `asked` left the word in progress unfinished
  uint32_t last_break_ = 0;     // the last token with a byte that is no letter
  uint32_t said_ = 0;           // a bit for each of the first 32 words of asked_ that the lexicon does not list
};

// Would `token` end a sentence of four words or more that stands in `told` already? A sentence ends with a token whose
// text ends in '.', '!' or '?'; a word begins with a token of a space and a letter.
bool ends_sentence_again(const Tokenizer& tokenizer, std::span<const uint32_t> told, uint32_t token);

}  // namespace thimble
