#include "service/json.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace thimble::service {
namespace {

JsonError parse(std::string text, size_t tokens = 64) {
  std::vector<JsonToken> room(tokens);
  JsonValue value;
  return parse_json(text, room, &value);
}

// The text of one JSON string.
std::string string_of(std::string text) {
  std::vector<JsonToken> room(4);
  JsonValue value;
  if (parse_json(text, room, &value) != JsonError::kNone) return "REFUSED";
  return std::string(value.text());
}

TEST(ServiceJson, TakesWhatTheGrammarAllows) {
  for (const char* text :
       {"{}", "[]", " { \"a\" : [ 1 , -2.5e+3 , true , false , null , \"x\" ] } \n", "[[],{},[{}]]",
        "{\"a\":{\"b\":{}}}", "0 ", "\"\"", "{\"a\":\"b\",\"c\":[\"d\"]}", "{\"\":0}", "[0,-0,0.5,1E9]"}) {
    EXPECT_EQ(parse(text), JsonError::kNone) << text;
  }
}

TEST(ServiceJson, RefusesWhatItDoesNot) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[1 2]",
                           "[1,]",
                           "[,1]",
                           "[1,,2]",
                           "{\"a\" 1}",
                           "{\"a\":1,}",
                           "{,}",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{1:2}",
                           "{\"a\":1:2}",
                           "[\"a\":1]",
                           "\"a\":1",
                           "{} {}",
                           "[] x",
                           "nul ",
                           "[tru]",
                           "[01]",
                           "[1.]",
                           "[.5]",
                           "[+1]",
                           "[1e]",
                           "[-]",
                           "[\"a]",
                           "[\"\\x\"]",
                           "[\"\\u12g4\"]",
                           "[\"\\u12\"]",
                           "[\"\\\"]",
                           "[\"\t\"]",
                           "[\"\n\"]",
                           "{\"a\":1}}",
                           "[1]]",
                           "[}",
                           "{]",
                           "{\"a\":[}",
                           "'a'",
                           "[1],",
                           ",[1]",
                           "{\"a\":1;}",
                           "[\"\xff\"]",
                           "[\"\xc0\x80\"]",
                           "[\"\xed\xa0\x80\"]",
                           "[\"\xf4\x90\x80\x80\"]",
                           "{{}}",
                           "{[]:1}",
                           "{\"a\":1\"b\":2}"}) {
    EXPECT_EQ(parse(text), JsonError::kMalformed) << text;
  }
  EXPECT_EQ(parse(std::string("[1]\0", 4)), JsonError::kMalformed);
  EXPECT_EQ(parse(std::string("[\"a\0b\"]", 7)), JsonError::kMalformed);
}

TEST(ServiceJson, CountsValuesNotDepth) {
  EXPECT_EQ(parse("[1,2,3]", 4), JsonError::kNone);
  EXPECT_EQ(parse("[1,2,3,4]", 4), JsonError::kTooManyValues);
  constexpr size_t kDepth = 4096;
  const std::string deep = std::string(kDepth, '[') + std::string(kDepth, ']');
  EXPECT_EQ(parse(deep, 64), JsonError::kTooManyValues);
  EXPECT_EQ(parse(deep, kDepth), JsonError::kNone);
  EXPECT_EQ(parse(std::string(kDepth, '['), kDepth), JsonError::kMalformed);
}

TEST(ServiceJson, ResolvesEscapes) {
  EXPECT_EQ(string_of("\"a\\n\\t\\r\\b\\f\\\\\\/\\\"z\""), "a\n\t\r\b\f\\/\"z");
  EXPECT_EQ(string_of("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\""), "A\u00e9\u20ac\U0001F600");
  EXPECT_EQ(string_of("\"\\u0000\""), std::string(1, '\0'));
  EXPECT_EQ(string_of("\"\u00e9\U0001F600\""), "\u00e9\U0001F600");
}

TEST(ServiceJson, HalfOfASurrogatePairIsNoCharacter) {
  EXPECT_EQ(string_of("\"\\ud83d\""), "\ufffd");
  EXPECT_EQ(string_of("\"\\ude00x\""), "\ufffdx");
  EXPECT_EQ(string_of("\"\\ud83d\\u0041\""), "\ufffdA");
  EXPECT_EQ(string_of("\"\\ud83d\\n\""), "\ufffd\n");
}

TEST(ServiceJson, WalksOverMembersAndElements) {
  std::string text = "{\"a\":[1,{\"x\":\"\\u0041\\u0042\",\"y\":2},[]],\"b\":\"\",\"c\":null}";
  std::vector<JsonToken> room(64);
  JsonValue value;
  ASSERT_EQ(parse_json(text, room, &value), JsonError::kNone);
  std::string seen;
  EXPECT_TRUE(each_member(value, [&](std::string_view name, JsonValue member) {
    seen += std::string(name) + ":";
    if (!member.is(JsonType::kArray)) return true;
    return each_element(member, [&](JsonValue element) {
      seen += element.is(JsonType::kNumber) ? "number " : element.is(JsonType::kObject) ? "object " : "array ";
      if (element.is(JsonType::kObject)) {
        each_member(element, [&](std::string_view key, JsonValue v) {
          seen += std::string(key) + "=" + std::string(v.text()) + " ";
          return true;
        });
      }
      return true;
    });
  }));
  EXPECT_EQ(seen, "a:number object x=AB y=2 array b:c:");
}

}  // namespace
}  // namespace thimble::service
