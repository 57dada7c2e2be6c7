// Words are sorted, and each states only where it differs from the one before; every sixteenth is whole, so that a
// search halves those and then walks through sixteen words at most.

#include <cstring>

#include "base/bytes.h"
#include "text/words/words.h"
#include "thimble/words.h"

namespace thimble {
namespace {

int compare(std::string_view a, std::string_view b) {
  const size_t common = a.size() < b.size() ? a.size() : b.size();
  const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  if (order != 0 || a.size() == b.size()) return order;
  return a.size() < b.size() ? -1 : 1;
}

bool begins_with(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && std::memcmp(text.data(), start.data(), start.size()) == 0;
}

uint32_t block_start(std::span<const std::byte> section, uint32_t block) {
  return load_u32(section.data() + words::kBlocksAt + size_t{block} * 4);
}

std::string_view text_of(const std::byte* record) {
  const auto length = static_cast<size_t>(record[words::kOwnAt]);
  return {reinterpret_cast<const char*>(record) + words::kTextAt, length};
}

// Puts words together from one record to the next.
class Walk {
 public:
  explicit Walk(const std::byte* record) : record_(record) {}

  void next() {
    const auto shared = static_cast<size_t>(record_[words::kSharedAt]);
    const std::string_view own = text_of(record_);
    std::memcpy(text_ + shared, own.data(), own.size());
    length_ = shared + own.size();
    record_ += words::kTextAt + own.size();
  }
  std::string_view word() const { return {text_, length_}; }
  const std::byte* record() const { return record_; }  // of the next word

 private:
  const std::byte* record_;
  char text_[kMaxWordBytes] = {};
  size_t length_ = 0;
};

// Holds every record against its bounds and the word before.
class LexiconChecker {
 public:
  explicit LexiconChecker(std::span<const std::byte> section) : section_(section) {}

  Status check() {
    THIMBLE_RETURN_IF_ERROR(check_tables_fit());
    for (uint32_t i = 0; i < count_; ++i) THIMBLE_RETURN_IF_ERROR(check_record(i));
    if (at_ != section_.size()) return malformed("bytes behind the last word").got(section_.size(), at_);
    return {};
  }

 private:
  static Status malformed(const char* subject) { return Status::error(Code::kMalformed, subject); }

  Status check_tables_fit() {
    if (section_.size() < words::kBlocksAt) {
      return Status::error(Code::kTruncated, "lexicon").got(section_.size(), words::kBlocksAt);
    }
    count_ = load_u32(section_.data() + words::kCountAt);
    if (count_ == 0) return malformed("lexicon without words");
    if (count_ > words::kMaxWords) return Status::error(Code::kLimit, "words").above(count_, words::kMaxWords);
    at_ = words::records_at(count_);
    if (section_.size() < at_) return Status::error(Code::kTruncated, "lexicon").got(section_.size(), at_);
    return {};
  }

  Status check_record(uint32_t index) {
    const bool first_of_block = index % words::kBlockWords == 0;
    if (first_of_block && block_start(section_, index / words::kBlockWords) != at_) {
      return malformed("start of block of words").at(index / words::kBlockWords);
    }
    if (section_.size() - at_ < words::kTextAt) return malformed("end of word").at(index);
    const std::byte* record = section_.data() + at_;
    const auto shared = static_cast<size_t>(record[words::kSharedAt]);
    const std::string_view own = text_of(record);
    if (section_.size() - at_ - words::kTextAt < own.size()) return malformed("length of word").at(index);
    if (own.empty() || shared + own.size() > kMaxWordBytes) return malformed("length of word").at(index);
    if (shared > (first_of_block ? 0 : length_)) return malformed("shared letters of word").at(index);
    return check_text(index, shared, own);
  }

  // Small letters only, and behind the word before: `previous_` still has that one.
  Status check_text(uint32_t index, size_t shared, std::string_view own) {
    char text[kMaxWordBytes];
    std::memcpy(text, previous_, shared);
    std::memcpy(text + shared, own.data(), own.size());
    const std::string_view word(text, shared + own.size());
    for (const char c : own) {
      const bool capital = c >= 'A' && c <= 'Z';
      if (!WordInProgress::is_letter(c) || capital) return malformed("letters of word").at(index);
    }
    if (compare({previous_, length_}, word) >= 0) return malformed("order of words").at(index);
    std::memcpy(previous_, text, word.size());
    length_ = word.size();
    at_ += words::kTextAt + own.size();
    return {};
  }

  std::span<const std::byte> section_;
  uint32_t count_ = 0;
  size_t at_ = 0;  // the next record
  char previous_[kMaxWordBytes] = {};
  size_t length_ = 0;
};

}  // namespace

Status Lexicon::open(std::span<const std::byte> section) {
  *this = Lexicon();
  if (section.empty()) return {};
  THIMBLE_RETURN_IF_ERROR(LexiconChecker(section).check());
  section_ = section;
  count_ = load_u32(section.data() + words::kCountAt);
  return {};
}

Lexicon::Found Lexicon::find(std::string_view letters) const {
  if (count_ == 0) return {};
  uint32_t low = 0;  // blocks before it begin in front of the letters
  for (uint32_t high = words::block_count(count_); low < high;) {
    const uint32_t middle = low + (high - low) / 2;
    if (compare(text_of(section_.data() + block_start(section_, middle)), letters) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  Walk walk(section_.data() + block_start(section_, low > 0 ? low - 1 : 0));
  while (walk.record() != section_.data() + section_.size()) {
    walk.next();
    const int order = compare(walk.word(), letters);
    if (order >= 0) return {order == 0, begins_with(walk.word(), letters)};
  }
  return {};
}

}  // namespace thimble
