#include "tools/vocabulary/write_words.h"

#include <algorithm>
#include <set>
#include <string>

#include "base/bytes.h"
#include "text/words/words.h"
#include "thimble/words.h"
#include "tools/error.h"

namespace thimble::tools {
namespace {

// In the order of their bytes, which is that of std::string.
std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> found;
  WordInProgress word;
  const auto end_word = [&] {
    if (word.too_long()) {
      throw Error("a word of more than " + std::to_string(kMaxWordBytes) + " letters begins with \"" +
                  std::string(word.letters().substr(0, 20)) + "\"; leave it out");
    }
    if (!word.empty()) found.emplace(word.letters());
    word.clear();
  };
  for (const char c : text) {
    if (WordInProgress::is_letter(c)) {
      word.add(c);
    } else {
      end_word();
    }
  }
  end_word();
  return found;
}

}  // namespace

std::vector<std::byte> write_words(std::string_view text) {
  const std::set<std::string> found = words_of(text);
  if (found.empty()) throw Error("no words in it; give a text, or a list of words");
  if (found.size() > words::kMaxWords) {
    throw Error(std::to_string(found.size()) + " different words in it; a model may have at most " +
                std::to_string(words::kMaxWords));
  }
  const auto count = static_cast<uint32_t>(found.size());
  std::vector<std::byte> section(words::records_at(count));
  store_u32(section.data() + words::kCountAt, count);
  std::string_view previous;
  uint32_t index = 0;
  for (const std::string& word : found) {
    const bool whole = index % words::kBlockWords == 0;
    if (whole) {
      store_u32(section.data() + words::kBlocksAt + size_t{4} * (index / words::kBlockWords),
                static_cast<uint32_t>(section.size()));
    }
    const auto shared = whole ? 0 : std::ranges::mismatch(word, previous).in1 - word.begin();
    const auto own = std::string_view(word).substr(static_cast<size_t>(shared));
    section.push_back(static_cast<std::byte>(shared));
    section.push_back(static_cast<std::byte>(own.size()));
    for (const char c : own) section.push_back(static_cast<std::byte>(c));
    previous = word;
    ++index;
  }
  return section;
}

}  // namespace thimble::tools
