// The regular expressions by which byte-level tokenizers cut text, as functions: each takes what its alternative of the
// expression matches at the front of a text, and the first that matches anything decides, as in a regular expression.
// One pass forward; the little that is looked ahead at is looked at on copies, which are small.

#include "text/byte_level/byte_level.h"
#include "text/utf8.h"

namespace thimble::byte_level {
namespace {

using enum CharacterClass;

// In which the expressions differ.
struct Expression {
  bool any_case;       // contractions in capitals, too
  bool any_prefix;     // any character but CR, LF, letters and numbers may lead a word of letters; else a space
  uint32_t numbers;    // most of them in a word; 0: any number, and a space may lead them
  bool keeps_lines;    // line ends join the punctuation in front of them, and white space that ends with one is a word
  bool numbers_apart;  // text is cut around each number first
};

constexpr Expression expression_of(SplitRule rule) {
  switch (rule) {
    case SplitRule::kLlama3:
      return {true, true, 3, true, false};
    case SplitRule::kQwen2:
      return {true, true, 1, true, false};
    case SplitRule::kSmolLm:
      return {false, false, 1, false, true};
    case SplitRule::kNone:
    case SplitRule::kGpt2:
      break;
  }
  return {false, false, 0, false, false};
}

constexpr uint32_t kNoCodePoint = 0xffffffff;

// Of one character as utf8_length() cuts them. What is no UTF-8 is like a symbol.
uint32_t code_point_of(std::string_view character) {
  const auto at = [character](size_t i) { return static_cast<uint8_t>(character[i]); };
  if (character.size() == 1) return at(0) < 0x80 ? at(0) : kNoCodePoint;
  uint32_t code_point = at(0) & (0xffu >> (character.size() + 1));
  for (size_t i = 1; i < character.size(); ++i) code_point = code_point << 6 | (at(i) & 0x3fu);
  return code_point;
}

// The next character of a text, and how many were taken.
class Scan {
 public:
  Scan(std::string_view text, bool space_in_front) : rest_(text) {
    if (space_in_front) {
      code_point_ = ' ';
      class_ = kSpace;
    } else {
      look();
    }
  }

  bool done() const { return done_; }
  size_t taken() const { return taken_; }
  uint32_t code_point() const { return code_point_; }
  bool is(CharacterClass wanted) const { return !done_ && class_ == wanted; }
  bool is_line_end() const { return !done_ && (code_point_ == '\r' || code_point_ == '\n'); }
  void take() {
    ++taken_;
    look();
  }

 private:
  void look() {
    done_ = rest_.empty();
    if (done_) return;
    const size_t bytes = utf8_length(rest_);
    code_point_ = code_point_of({rest_.data(), bytes});
    rest_.remove_prefix(bytes);
    class_ = class_of(code_point_);
  }

  std::string_view rest_;  // behind the next character
  size_t taken_ = 0;
  uint32_t code_point_ = 0;
  CharacterClass class_ = kOther;
  bool done_ = false;
};

Scan after_one(Scan scan) {
  scan.take();
  return scan;
}

size_t take_all(Scan scan, CharacterClass wanted) {
  while (scan.is(wanted)) scan.take();
  return scan.taken();
}

uint32_t lower(uint32_t code_point, bool any_case) {
  constexpr uint32_t kLongS = 0x17f;  // the one letter beyond ASCII whose other case is one of these
  if (!any_case) return code_point;
  if (code_point >= 'A' && code_point <= 'Z') return code_point + ('a' - 'A');
  return code_point == kLongS ? 's' : code_point;
}

// 's 't 're 've 'm 'll 'd
size_t take_contraction(Scan scan, const Expression& e) {
  if (scan.done() || scan.code_point() != '\'') return 0;
  scan.take();
  if (scan.done()) return 0;
  const uint32_t first = lower(scan.code_point(), e.any_case);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  scan.take();
  if (scan.done()) return 0;
  const uint32_t second = lower(scan.code_point(), e.any_case);
  const bool two = ((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l');
  return two ? 3 : 0;
}

size_t take_letters(const Scan& scan, const Expression& e) {
  if (scan.is(kLetter)) return take_all(scan, kLetter);
  const bool prefix = e.any_prefix ? !scan.is(kNumber) && !scan.is_line_end() : scan.code_point() == ' ';
  return prefix && after_one(scan).is(kLetter) ? take_all(after_one(scan), kLetter) : 0;
}

size_t take_numbers(Scan scan, const Expression& e) {
  if (e.numbers == 0) {
    if (scan.code_point() == ' ' && after_one(scan).is(kNumber)) scan.take();
    return scan.is(kNumber) ? take_all(scan, kNumber) : 0;
  }
  while (scan.is(kNumber) && scan.taken() < e.numbers) scan.take();
  return scan.taken();
}

size_t take_symbols(Scan scan, const Expression& e) {
  if (scan.code_point() == ' ' && after_one(scan).is(kOther)) scan.take();
  if (!scan.is(kOther)) return 0;
  while (scan.is(kOther)) scan.take();
  while (e.keeps_lines && scan.is_line_end()) scan.take();
  return scan.taken();
}

// White space up to its last line end; else all of it, but for the last character where a word follows.
size_t take_spaces(Scan scan, const Expression& e) {
  size_t lines = 0;
  while (scan.is(kSpace)) {
    const bool line_end = scan.is_line_end();
    scan.take();
    if (line_end) lines = scan.taken();
  }
  if (e.keeps_lines && lines > 0) return lines;
  const bool ends = scan.done() || (e.numbers_apart && scan.is(kNumber));
  return ends || scan.taken() < 2 ? scan.taken() : scan.taken() - 1;
}

}  // namespace

size_t word_characters(std::string_view text, bool space_in_front, SplitRule rule) {
  const Expression e = expression_of(rule);
  const Scan scan(text, space_in_front);
  if (const size_t n = take_contraction(scan, e)) return n;
  if (const size_t n = take_letters(scan, e)) return n;
  if (const size_t n = take_numbers(scan, e)) return n;
  if (const size_t n = take_symbols(scan, e)) return n;
  return take_spaces(scan, e);
}

}  // namespace thimble::byte_level
