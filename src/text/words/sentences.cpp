// A small model that has lost its thread says the same again and again. No list is made of its sentences: their tokens
// are compared, and only where one would end.

#include "text/words/words.h"
#include "thimble/words.h"

namespace thimble {
namespace {

constexpr size_t kFewestWords = 4;  // "Lily was sad." may come twice

bool ends_sentence(std::string_view text) {
  return !text.empty() && (text.back() == '.' || text.back() == '!' || text.back() == '?');
}

bool same(std::span<const uint32_t> a, std::span<const uint32_t> b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace

bool ends_sentence_again(const Tokenizer& tokenizer, std::span<const uint32_t> told, uint32_t token) {
  if (!ends_sentence(tokenizer.piece(token))) return false;
  size_t begin = told.size();
  size_t word_count = 0;
  for (; begin > 0 && !ends_sentence(tokenizer.piece(told[begin - 1])); --begin) {
    if (words::begins_word(tokenizer.piece(told[begin - 1]))) ++word_count;
  }
  if (word_count < kFewestWords) return false;
  const std::span<const uint32_t> sentence = told.subspan(begin);
  for (size_t end = sentence.size(); end < begin; ++end) {
    if (same(sentence, told.subspan(end - sentence.size())) && ends_sentence(tokenizer.piece(told[end]))) return true;
  }
  return false;
}

}  // namespace thimble
