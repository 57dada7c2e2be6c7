// JSON read in place: jsmn finds the values, this holds them to the grammar and gives them types. No copy is made and
// nothing recurses, so that the depth of a text costs nothing.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

namespace thimble::service {

using JsonToken = jsmntok_t;

enum class JsonType : uint8_t { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull };

// A value inside of a text that parse_json() accepted, which must outlive it with its tokens.
class JsonValue {
 public:
  JsonValue() = default;
  JsonValue(const char* text, const JsonToken* token, const JsonToken* end) : text_(text), token_(token), end_(end) {}

  JsonType type() const;
  bool is(JsonType type) const { return this->type() == type; }
  bool is_bool() const { return is(JsonType::kTrue) || is(JsonType::kFalse); }
  // A string without its quotes, escapes resolved; others as written.
  std::string_view text() const;
  // Members of an object, elements of an array.
  size_t size() const { return static_cast<size_t>(token_->size); }

  // To walk over them: the first member's key or the first element, and what follows a member or an element.
  JsonValue first() const { return {text_, token_ + 1, end_}; }
  JsonValue value() const { return {text_, token_ + 1, end_}; }  // of this key
  JsonValue behind() const;                                      // of this value and all in it

 private:
  const char* text_ = nullptr;
  const JsonToken* token_ = nullptr;
  const JsonToken* end_ = nullptr;
};

enum class JsonError : uint8_t {
  kNone,
  kMalformed,      // no JSON by RFC 8259, or not UTF-8
  kTooManyValues,  // more than there are tokens
};

// Reads `text`, in which the escapes of strings are resolved on the way, and gives its one value.
JsonError parse_json(std::span<char> text, std::span<JsonToken> tokens, JsonValue* value);

// Calls `take(key, value)` for each member of an object, until one returns false; whether none did.
template <class Take>
bool each_member(JsonValue object, Take take) {
  JsonValue key = object.first();
  for (size_t i = 0; i < object.size(); ++i, key = key.value().behind()) {
    if (!take(key.text(), key.value())) return false;
  }
  return true;
}

// Calls `take(element)` for each element of an array, likewise.
template <class Take>
bool each_element(JsonValue array, Take take) {
  JsonValue element = array.first();
  for (size_t i = 0; i < array.size(); ++i, element = element.behind()) {
    if (!take(element)) return false;
  }
  return true;
}

}  // namespace thimble::service
