// parse_json() on any bytes, and on edits of a text: what it accepts is walked over, and every string in it must be
// UTF-8. What the walk writes is accepted again.

#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "service/decimal.h"
#include "service/json.h"
#include "service/utf8.h"
#include "service/writer.h"
#include "tests/fuzz/patches.h"

namespace thimble::service {
namespace {

constexpr size_t kValues = 256;
constexpr std::string_view kText =
    R"( {"a":[1,-2.5e+3,0.1E-7,true,false,null,"x"],"b":{"\u00e9":"\ud83d\ude00\n\"\\","":[]},"c":"\u0000é€","d":[[],{}]} )";

void check(bool kept) {
  if (!kept) std::abort();
}

// By hand to a depth that a stack holds; deeper values are stepped over.
void walk(JsonValue value, size_t depth, std::string* out) {
  switch (value.type()) {
    case JsonType::kString: {
      check(is_utf8(value.text()));
      std::vector<char> room(6 * value.text().size() + 2);
      Writer writer(room);
      writer.quoted(value.text());
      check(writer.ok());
      out->append(writer.view());
      return;
    }
    case JsonType::kNumber: {
      uint64_t whole = 0;
      check(is_number(value.text()));
      const float number = to_float(value.text());
      check(number == number);
      if (to_whole(value.text(), &whole) && whole < 1000) check(number == static_cast<float>(whole));
      out->append(value.text());
      return;
    }
    case JsonType::kObject:
    case JsonType::kArray:
      break;
    default:
      out->append(value.text());
      return;
  }
  const bool object = value.is(JsonType::kObject);
  size_t count = 0;
  out->push_back(object ? '{' : '[');
  if (depth > 0 && object) {
    each_member(value, [&](std::string_view name, JsonValue member) {
      check(is_utf8(name));
      out->append(count++ > 0 ? ",\"k\":" : "\"k\":");
      walk(member, depth - 1, out);
      return true;
    });
  } else if (depth > 0) {
    each_element(value, [&](JsonValue element) {
      if (count++ > 0) out->push_back(',');
      walk(element, depth - 1, out);
      return true;
    });
  }
  check(depth == 0 || count == value.size());
  out->push_back(object ? '}' : ']');
}

void parse_and_walk(std::string text) {
  std::vector<JsonToken> tokens(kValues);
  JsonValue value;
  if (parse_json(text, tokens, &value) != JsonError::kNone) return;
  std::string again;
  walk(value, 100, &again);
  again.push_back(' ');
  check(parse_json(again, tokens, &value) == JsonError::kNone);
}

}  // namespace
}  // namespace thimble::service

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  if (size > 0 && data[0] == 0) {
    text = thimble::service::kText;
    thimble::testing::apply_patches({data + 1, size - 1}, std::as_writable_bytes(std::span(text)));
  }
  thimble::service::parse_and_walk(text);
  return 0;
}
