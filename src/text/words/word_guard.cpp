// No list is made of the words that were asked for: when the lexicon does not know a word, the tokens of the text are
// read again, letter by letter. That is seldom, needs no memory, and a text may be as long as the context.

#include "text/words/words.h"
#include "thimble/words.h"

namespace thimble {
namespace {

constexpr uint32_t kMostSaid = 32;  // bits of said_

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
char small(char c) { return is_capital(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// Is a word with these letters more a plural: "cats", "foxes"? `last`: the letter in front of them.
bool is_ending(char last, std::string_view letters) {
  const bool hisses = last == 's' || last == 'x' || last == 'z' || last == 'h';
  if (letters.size() == 1) return letters[0] == 's' && (!hisses || last == 'h');
  return letters.size() == 2 && hisses && letters[0] == 'e' && letters[1] == 's';
}

// Holds one word after another of a text, as its letters come, against `letters`. A plural is its singular, too.
class Comparison {
 public:
  explicit Comparison(std::string_view letters) : letters_(letters) {}

  void add(char letter) {
    if (length_ < letters_.size()) {
      if (letters_[length_] == letter && common_ == length_) ++common_;
    } else if (length_ < letters_.size() + sizeof(rest_)) {
      rest_[length_ - letters_.size()] = letter;
    }
    ++length_;
  }

  // At the end of a word; the next one begins.
  Lexicon::Found end() {
    Lexicon::Found found;
    if (length_ > 0 && common_ == letters_.size()) {  // the letters are its beginning
      const size_t more = length_ - common_;
      found = {more == 0 || (more <= sizeof(rest_) && is_ending(letters_.back(), {rest_, more})), true};
    }
    *this = Comparison(letters_);
    return found;
  }

 private:
  std::string_view letters_;
  size_t length_ = 0;  // of the word
  size_t common_ = 0;  // so many first letters are the same
  char rest_[2] = {};  // the word's next letters behind as many as letters_ has
};

bool all_letters(std::string_view text) {
  for (const char c : text) {
    if (!WordInProgress::is_letter(c)) return false;
  }
  return true;
}

// Among the words of a text.
Lexicon::Found find_in(const Tokenizer& tokenizer, std::span<const uint32_t> tokens, std::string_view letters) {
  Lexicon::Found all;
  Comparison comparison(letters);
  const auto end_word = [&] {
    const Lexicon::Found found = comparison.end();
    all = {all.word || found.word, all.beginning || found.beginning};
  };
  for (const uint32_t token : tokens) {
    const std::string_view text = tokenizer.piece(token);
    if (text.empty()) end_word();
    for (const char c : text) {
      if (WordInProgress::is_letter(c)) {
        comparison.add(small(c));
      } else {
        end_word();
      }
    }
  }
  end_word();
  return all;
}

}  // namespace

bool words::begins_word(std::string_view text) {
  return text.size() > 1 && text[0] == ' ' && WordInProgress::is_letter(text[1]);
}

bool WordInProgress::is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<uint8_t>(c) >= 0x80;
}

void WordInProgress::add(char letter) {
  if (length_ < kMaxWordBytes) text_[length_] = small(letter);
  if (!too_long()) ++length_;
  mixed_ = mixed_ || (small_ && is_capital(letter));
  small_ = !is_capital(letter);
}

void WordGuard::start(const Lexicon& lexicon, const Tokenizer& tokenizer, std::span<const uint32_t> asked) {
  lexicon_ = lexicon;
  tokenizer_ = &tokenizer;
  asked_ = {};  // nothing is said again yet
  said_ = 0;
  word_.clear();
  last_break_ = kNoToken;
  for (const uint32_t token : asked) accept(token);
  asked_ = asked;
  asked_goes_on_ = !word_.empty();
}

bool WordGuard::accept(uint32_t token) {
  const std::string_view text = tokenizer_->piece(token);
  const uint32_t said_before = said_;
  if (text.empty()) end_word();
  for (const char c : text) {
    if (WordInProgress::is_letter(c)) {
      word_.add(c);
    } else {
      end_word();
    }
  }
  if (text.empty() || !all_letters(text)) last_break_ = token;
  return said_ != said_before;
}

// The word in progress. Where the answer began it, and it is one of asked_, that one has been said.
void WordGuard::end_word() {
  if (!asked_goes_on_ && !word_.empty() && !word_.too_long() && !lexicon_.find(word_.letters()).word) {
    for_each_unlisted([this](uint32_t index, const WordInProgress& asked, size_t, size_t) {
      Comparison comparison(word_.letters());
      for (const char c : asked.letters()) comparison.add(c);
      if (index < kMostSaid && !asked.too_long() && comparison.end().word) said_ |= uint32_t{1} << index;
    });
  }
  asked_goes_on_ = false;
  word_.clear();
}

bool WordGuard::allows(uint32_t token) const {
  const std::string_view text = tokenizer_->piece(token);
  if (token == last_break_ && words::begins_word(text)) return false;  // the word before once more
  WordInProgress word = word_;
  if (text.empty()) return may_stand(word);
  for (const char c : text) {
    if (WordInProgress::is_letter(c)) {
      word.add(c);
    } else {
      if (!may_stand(word)) return false;
      word.clear();
    }
  }
  return may_go_on(word);
}

// Calls visit(index, word, first, last) for each word of asked_ that the lexicon does not list: the how manieth it is,
// and the tokens that have letters of it.
template <class Visit>
void WordGuard::for_each_unlisted(Visit visit) const {
  uint32_t index = 0;
  size_t first = 0;
  size_t last = 0;
  WordInProgress word;
  const auto end_word = [&] {
    const bool listed = word.empty() || (!word.too_long() && lexicon_.find(word.letters()).word);
    if (!listed) visit(index++, word, first, last);
    word.clear();
  };
  for (size_t i = 0; i < asked_.size(); ++i) {
    const std::string_view text = tokenizer_->piece(asked_[i]);
    if (text.empty()) end_word();
    for (const char c : text) {
      if (WordInProgress::is_letter(c)) {
        if (word.empty()) first = i;
        last = i;
        word.add(c);
      } else {
        end_word();
      }
    }
  }
  end_word();
}

size_t WordGuard::unlisted_tokens(bool said, std::span<uint32_t> out) const {
  size_t count = 0;
  for_each_unlisted([&](uint32_t index, const WordInProgress&, size_t first, size_t last) {
    const bool is_said = index < kMostSaid && (said_ >> index & 1) != 0;
    if (is_said != said) return;
    for (size_t i = first; i <= last && count < out.size(); ++i) out[count++] = asked_[i];
  });
  return count;
}

uint32_t WordGuard::longest_allowed() const {
  uint32_t longest = kNoToken;
  size_t bytes = 0;
  for (uint32_t token = 0; token < tokenizer_->sampled_size(); ++token) {
    const size_t size = tokenizer_->piece(token).size();
    if (size <= bytes || !allows(token)) continue;
    longest = token;
    bytes = size;
  }
  return longest;
}

bool WordGuard::may_stand(const WordInProgress& word) const {
  if (word.empty() || word.too_long()) return true;
  if (!word.mixed() && lexicon_.find(word.letters()).word) return true;
  return find_in(*tokenizer_, asked_, word.letters()).word;
}

bool WordGuard::may_go_on(const WordInProgress& word) const {
  if (word.empty() || word.too_long()) return true;
  if (!word.mixed() && lexicon_.find(word.letters()).beginning) return true;
  return find_in(*tokenizer_, asked_, word.letters()).beginning;
}

}  // namespace thimble
