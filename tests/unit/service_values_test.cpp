// The small parts of the service: numbers, characters, the writer, and who may ask.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include "service/access.h"
#include "service/decimal.h"
#include "service/utf8.h"
#include "service/writer.h"

namespace thimble::service {
namespace {

uint32_t bits(float value) { return std::bit_cast<uint32_t>(value); }

TEST(ServiceDecimal, IsTheNearestFloat) {
  for (const char* text : {"0",
                           "-0",
                           "1",
                           "0.8",
                           "0.95",
                           "0.05",
                           "1e-4",
                           "0.1",
                           "123456.789",
                           "16777217",
                           "16777219",
                           "33554435",
                           "0.30000001192092896",
                           "1e10",
                           "-2.5",
                           "1E+2",
                           "999999999999999999",
                           "0.000001",
                           "1.00000017881393432",
                           "1.00000005960464477",
                           "123456789012345678",
                           "0.9999999999999999",
                           "5e-1"}) {
    const float expected = std::strtof(text, nullptr);
    EXPECT_EQ(to_float(text), expected) << text;
  }
}

TEST(ServiceDecimal, IsTheNearestFloatOfRandomNumbers) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const int places = static_cast<int>(random() % 12);
    std::string text = std::to_string(random() % 1'000'000);
    if (places > 0) text += "." + std::to_string(random() % 1'000'000'000);
    EXPECT_EQ(bits(to_float(text)), bits(std::strtof(text.c_str(), nullptr))) << text;
  }
}

TEST(ServiceDecimal, EndsWhereFloatsEnd) {
  EXPECT_EQ(to_float("1e18"), std::numeric_limits<float>::infinity());
  EXPECT_EQ(to_float("-1e99999999999"), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(to_float("1e-99999999999"), 0.0f);
  EXPECT_EQ(to_float("0e99999999999"), 0.0f);
}

TEST(ServiceDecimal, WholeNumbers) {
  uint64_t value = 0;
  EXPECT_TRUE(to_whole("18446744073709551615", &value));
  EXPECT_EQ(value, UINT64_MAX);
  EXPECT_FALSE(to_whole("18446744073709551616", &value));
  for (const char* text : {"", "-1", "1.0", "1e3", "+1", "99999999999999999999999"})
    EXPECT_FALSE(to_whole(text, &value));
}

std::string shown(float value) {
  std::array<char, 64> out;
  Writer writer(out);
  writer.real(value);
  return std::string(writer.view());
}

TEST(ServiceWriter, ShowsFloatsAsTheyAreTyped) {
  EXPECT_EQ(shown(0.8f), "0.8");
  EXPECT_EQ(shown(0.95f), "0.95");
  EXPECT_EQ(shown(0), "0");
  EXPECT_EQ(shown(1), "1");
  EXPECT_EQ(shown(-1.5f), "-1.5");
  EXPECT_EQ(shown(0.0001f), "0.0001");
  EXPECT_EQ(shown(1234.25f), "1234.25");
  EXPECT_EQ(shown(1e-9f), "0");
  EXPECT_EQ(shown(std::nanf("")), "0");
}

std::string quoted(std::string_view text) {
  std::array<char, 128> out;
  Writer writer(out);
  writer.quoted(text);
  return std::string(writer.view());
}

TEST(ServiceWriter, EscapesStrings) {
  EXPECT_EQ(quoted("a\"b\\c\n\t\r"), "\"a\\\"b\\\\c\\n\\t\\r\"");
  EXPECT_EQ(quoted(std::string_view("\x01\x1f\0", 3)), "\"\\u0001\\u001f\\u0000\"");
  EXPECT_EQ(quoted("\u00e9\U0001F600</script>"), "\"\u00e9\U0001F600</script>\"");
  EXPECT_EQ(quoted("a\xff"
                   "b\xe2\x82"),
            "\"a\ufffdb\ufffd\ufffd\"");
}

TEST(ServiceWriter, DropsWhatDoesNotFitAndSaysSo) {
  std::array<char, 8> out;
  Writer writer(out);
  writer.text("1234").text("56789");
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.view(), "1234");
}

TEST(ServiceWriter, TakesWholeCharactersOnly) {
  std::array<char, 8> out;
  Writer writer(out);
  EXPECT_EQ(writer.escaped("ab\u20ac\u20ac", 2), 5u);  // the second one would leave no two bytes
  EXPECT_EQ(writer.view(), "ab\u20ac");
  EXPECT_TRUE(writer.ok());
}

TEST(ServiceWriter, Numbers) {
  std::array<char, 64> out;
  Writer writer(out);
  writer.number(0).text(" ").number(UINT64_MAX).text(" ").hex(0xab).text(" ").decimal(1250, 3).text(" ");
  writer.decimal(5, 3).text(" ").decimal(3000, 3);
  EXPECT_EQ(writer.view(), "0 18446744073709551615 00000000000000ab 1.25 0.005 3");
}

TEST(ServiceUtf8, KnowsCharacters) {
  EXPECT_EQ(utf8_character("a"), 1u);
  EXPECT_EQ(utf8_character("\u00e9"), 2u);
  EXPECT_EQ(utf8_character("\u20ac"), 3u);
  EXPECT_EQ(utf8_character("\U0010FFFF"), 4u);
  for (const char* text : {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xe2\x82", "\xc3"}) {
    EXPECT_EQ(utf8_character(text), 0u) << text;
  }
  EXPECT_EQ(whole_characters("a\u20acb", 3), 1u);
  EXPECT_EQ(whole_characters("a\u20acb", 4), 4u);
  EXPECT_EQ(whole_characters("a\u20acb", 99), 5u);
}

TEST(ServiceUtf8, EveryCodePointThereAndBack) {
  for (uint32_t point = 0; point <= 0x10ffff; ++point) {
    char out[4];
    const size_t length = put_utf8(out, point);
    ASSERT_EQ(utf8_character({out, length}), length) << point;
  }
}

TEST(ServiceAccess, HostsAreAddressesAndOurNames) {
  const std::string_view names[] = {"bench", "bench.local"};
  for (const char* host : {"127.0.0.1", "127.0.0.1:8080", "192.168.4.1", "[::1]:8080", "[fe80::1]", "localhost",
                           "LocalHost:80", "bench:8080", "BENCH.local"}) {
    EXPECT_TRUE(host_is_ours(host, names)) << host;
  }
  for (const char* host :
       {"", "evil.com", "evil.com:8080", "127.0.0.1.evil.com", "localhost.evil.com", "localhost:80.evil.com", "benc",
        "bench.local.evil.com", ":8080", "[::1]evil.com", "127.0.0.1:80@evil.com", "[evil.com]"}) {
    EXPECT_FALSE(host_is_ours(host, names)) << host;
  }
}

TEST(ServiceAccess, OriginsAreOursOrAllowed) {
  EXPECT_TRUE(origin_may_ask("", "127.0.0.1:8080", ""));
  EXPECT_TRUE(origin_may_ask("http://127.0.0.1:8080", "127.0.0.1:8080", ""));
  EXPECT_TRUE(origin_may_ask("https://a.example", "127.0.0.1", "https://a.example"));
  EXPECT_TRUE(origin_may_ask("https://a.example", "127.0.0.1", "*"));
  for (const char* origin : {"null", "http://evil.com", "http://127.0.0.1", "http://127.0.0.1:8080.evil.com",
                             "http://127.0.0.1:80801", "127.0.0.1:8080", "ftp://127.0.0.1:8080", "http://"}) {
    EXPECT_FALSE(origin_may_ask(origin, "127.0.0.1:8080", "")) << origin;
    EXPECT_FALSE(origin_may_ask(origin, "127.0.0.1:8080", "https://a.example")) << origin;
  }
}

TEST(ServiceAccess, Keys) {
  EXPECT_TRUE(keys_equal("secret", "secret"));
  for (const char* given : {"", "s", "secre", "secreT", "secrets", "secretsecret", "Secret"}) {
    EXPECT_FALSE(keys_equal(given, "secret")) << given;
  }
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer abc"), "abc");
  EXPECT_EQ(bearer_token("Basic abc"), "");
  EXPECT_EQ(bearer_token(""), "");
}

}  // namespace
}  // namespace thimble::service
