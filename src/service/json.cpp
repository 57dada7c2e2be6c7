#include "service/json.h"

#include "service/decimal.h"
#include "service/utf8.h"

namespace thimble::service {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Where a token begins and ends in the text, its quotes included.
size_t begin_of(const JsonToken& t) { return static_cast<size_t>(t.start) - (t.type == JSMN_STRING ? 1 : 0); }
size_t end_of(const JsonToken& t) { return static_cast<size_t>(t.end) + (t.type == JSMN_STRING ? 1 : 0); }

// jsmn finds brackets and strings, and lets much pass between them: [1 2], {"a":1,}, "a":1. This walks over what stands
// between the tokens and wants exactly what belongs there.
class Punctuation {
 public:
  Punctuation(std::span<const char> text, std::span<const JsonToken> tokens) : text_(text), tokens_(tokens) {}

  bool is_right() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const JsonToken& token = tokens_[i];
      if (!close_up_to(token.parent) || !gap(begin_of(token), before(token))) return false;
      at_ = is_container(token) ? begin_of(token) + 1 : end_of(token);
      if (is_container(token)) open_ = static_cast<int>(i);
      first_ = is_container(token);
    }
    return close_up_to(kNone) && gap(text_.size(), '\0');
  }

 private:
  static constexpr int kNone = -1;

  static bool is_container(const JsonToken& t) { return t.type == JSMN_OBJECT || t.type == JSMN_ARRAY; }
  const JsonToken& at(int index) const { return tokens_[static_cast<size_t>(index)]; }
  bool is_key(int index) const { return index != kNone && at(index).type == JSMN_STRING; }
  int container_of(int parent) const { return is_key(parent) ? at(parent).parent : parent; }

  // What stands in front of a token, beside white space.
  char before(const JsonToken& token) const {
    if (token.parent == kNone) return '\0';
    return is_key(token.parent) ? ':' : first_ ? '\0' : ',';
  }

  // Leaves containers until the one is open in which a token of this parent stands.
  bool close_up_to(int parent) {
    const int wanted = container_of(parent);
    while (open_ != wanted) {
      if (open_ == kNone || !gap(end_of(at(open_)) - 1, '\0')) return false;
      at_ = end_of(at(open_));
      open_ = container_of(at(open_).parent);
      first_ = false;
    }
    return true;
  }

  // Nothing but white space from here to `end`, and once `mark` unless that is NUL.
  bool gap(size_t end, char mark) {
    bool found = mark == '\0';
    for (; at_ < end; ++at_) {
      if (is_space(text_[at_])) continue;
      if (found || text_[at_] != mark) return false;
      found = true;
    }
    return found && at_ == end;
  }

  std::span<const char> text_;
  std::span<const JsonToken> tokens_;
  size_t at_ = 0;      // what is in front of here was looked at
  int open_ = kNone;   // the innermost container around `at_`
  bool first_ = true;  // nothing in it yet
};

// A key has exactly one value, keys are strings, nothing else has a value, and there is one value on top.
bool is_tree(std::span<const JsonToken> tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    const JsonToken& token = tokens[i];
    if ((token.parent == -1) != (i == 0)) return false;
    const jsmntype_t parent = i == 0 ? JSMN_ARRAY : tokens[static_cast<size_t>(token.parent)].type;
    if (parent == JSMN_PRIMITIVE) return false;
    const bool key = parent == JSMN_OBJECT;
    if (key && (token.type != JSMN_STRING || token.size != 1)) return false;
    if (!key && (token.type == JSMN_STRING || token.type == JSMN_PRIMITIVE) && token.size != 0) return false;
    if (parent == JSMN_STRING &&
        tokens[static_cast<size_t>(tokens[static_cast<size_t>(token.parent)].parent)].type != JSMN_OBJECT)
      return false;
  }
  return true;
}

bool is_literal(std::string_view text) { return text == "true" || text == "false" || text == "null"; }

uint32_t hex_digits(const char* text) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = text[i];
    value = value << 4 | static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

// The code point of "XXXX" or "XXXX\uXXXX" at `from`, which moves behind it. Half of a pair is no character.
uint32_t read_escape(const char* text, size_t end, size_t* from) {
  const uint32_t unit = hex_digits(text + *from);
  *from += 4;
  const bool high = unit >= 0xd800 && unit < 0xdc00;
  if (!high || end - *from < 6 || text[*from] != '\\' || text[*from + 1] != 'u') return unit;
  const uint32_t low = hex_digits(text + *from + 2);
  if (low < 0xdc00 || low >= 0xe000) return unit;
  *from += 6;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

char simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

// Resolves the escapes of a string, which never grows by it. False for a control character, which wants an escape.
bool unescape(char* text, JsonToken* token) {
  const auto end = static_cast<size_t>(token->end);
  auto to = static_cast<size_t>(token->start);
  for (size_t from = to; from < end;) {
    const char c = text[from++];
    if (static_cast<uint8_t>(c) < 0x20) return false;
    if (c != '\\') {
      text[to++] = c;
    } else if (text[from] == 'u') {
      if (end - from < 5) return false;
      to += put_utf8(text + to, read_escape(text, end, &++from));
    } else {
      text[to++] = simple_escape(text[from++]);
    }
  }
  token->end = static_cast<int>(to);
  return true;
}

}  // namespace

JsonType JsonValue::type() const {
  switch (token_->type) {
    case JSMN_OBJECT:
      return JsonType::kObject;
    case JSMN_ARRAY:
      return JsonType::kArray;
    case JSMN_STRING:
      return JsonType::kString;
    default:
      break;
  }
  const char c = text_[token_->start];
  return c == 't' ? JsonType::kTrue : c == 'f' ? JsonType::kFalse : c == 'n' ? JsonType::kNull : JsonType::kNumber;
}

std::string_view JsonValue::text() const {
  return {text_ + token_->start, static_cast<size_t>(token_->end - token_->start)};
}

// Tokens stand in the order of the text, and an unescaped string only became shorter.
JsonValue JsonValue::behind() const {
  const JsonToken* next = token_ + 1;
  while (next < end_ && next->start < token_->end) ++next;
  return {text_, next, end_};
}

JsonError parse_json(std::span<char> text, std::span<JsonToken> tokens, JsonValue* value) {
  if (!is_utf8({text.data(), text.size()})) return JsonError::kMalformed;
  jsmn_parser parser;
  jsmn_init(&parser);
  const int count = jsmn_parse(&parser, text.data(), text.size(), tokens.data(), static_cast<unsigned>(tokens.size()));
  if (count == JSMN_ERROR_NOMEM) return JsonError::kTooManyValues;
  if (count <= 0 || parser.pos != text.size()) return JsonError::kMalformed;
  const std::span<JsonToken> found = tokens.first(static_cast<size_t>(count));
  if (!is_tree(found) || !Punctuation(text, found).is_right()) return JsonError::kMalformed;
  for (JsonToken& token : found) {
    const std::string_view written(text.data() + token.start, static_cast<size_t>(token.end - token.start));
    if (token.type == JSMN_PRIMITIVE && !is_literal(written) && !is_number(written)) return JsonError::kMalformed;
    if (token.type == JSMN_STRING && !unescape(text.data(), &token)) return JsonError::kMalformed;
  }
  *value = JsonValue(text.data(), found.data(), found.data() + found.size());
  return JsonError::kNone;
}

}  // namespace thimble::service
