#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "text/utf8.h"
#include "thimble/tokenizer.h"

namespace thimble {
namespace {

// Pushes `bytes` in chunks of this many, checks that each output fits what the header promises, and ends the stream.
std::string through(std::string_view bytes, size_t chunk) {
  Utf8Stream stream;
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += chunk) {
    const std::string_view part = bytes.substr(at, chunk);
    std::vector<char> buffer(Utf8Stream::max_output(part.size()));
    const size_t n = stream.push(part, buffer.data());
    EXPECT_LE(n, buffer.size());
    out.append(buffer.data(), n);
  }
  char last[3];
  out.append(last, stream.finish(last));
  return out;
}

void expect_through(std::string_view bytes, std::string_view expected) {
  for (size_t chunk = 1; chunk <= bytes.size() + 1; ++chunk) EXPECT_EQ(through(bytes, chunk), expected) << chunk;
}

TEST(Utf8Stream, PassesWholeCharacters) {
  expect_through("", "");
  expect_through("plain\ttext\n", "plain\ttext\n");
  expect_through("é€🙂 z", "é€🙂 z");
  expect_through(std::string_view("\0a\0", 3), std::string_view("\0a\0", 3));
  // The first and the last character of each length, and the edges of the surrogates.
  expect_through(
      "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
      "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

TEST(Utf8Stream, HoldsBackTheBeginningOfACharacter) {
  Utf8Stream stream;
  char out[Utf8Stream::max_output(4)];
  EXPECT_EQ(stream.push("a\xf0\x9f", out), 1u);
  EXPECT_EQ(stream.push("\x99", out), 0u);
  EXPECT_EQ(stream.push("\x82", out), 4u);
  EXPECT_EQ(std::string_view(out, 4), "🙂");
  EXPECT_EQ(stream.finish(out), 0u);
}

TEST(Utf8Stream, ReplacesEachMaximalSubpart) {
  expect_through("\x80", "\xef\xbf\xbd");
  expect_through("a\xffz", "a\xef\xbf\xbdz");
  expect_through("\xf0\x9f\x99", "\xef\xbf\xbd");                          // ends early: one for the whole beginning
  expect_through("\xf0\x9f\x99z", "\xef\xbf\xbdz");                        // broken off
  expect_through("\xe2\x82\xe2\x82\xac", "\xef\xbf\xbd\xe2\x82\xac");      // a new character in the middle
  expect_through("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");                  // overlong
  expect_through("\xe0\x9f\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // overlong
  expect_through("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // a surrogate
  expect_through("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // above U+10FFFF
  // The example of the Unicode Standard, table 3-11.
  expect_through("\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64",
                 "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                 "b\xef\xbf\xbd"
                 "c\xef\xbf\xbd\xef\xbf\xbd"
                 "d");
}

TEST(Utf8Stream, CanBeUsedAgainAfterFinish) {
  Utf8Stream stream;
  char out[Utf8Stream::max_output(4)];
  EXPECT_EQ(stream.push("\xe2\x82", out), 0u);
  EXPECT_EQ(stream.finish(out), 3u);
  EXPECT_EQ(stream.push("\xac", out), 3u);  // nothing is left of the beginning above
  EXPECT_EQ(stream.push("ok", out), 2u);
}

// Against the definition by code points, for every sequence of two bytes and for three and four with chosen leads.
TEST(Utf8Length, FollowsTheDefinition) {
  for (uint32_t code = 0; code < 0x120000; code += code < 0x11000 ? 1 : 61) {
    std::string text;
    const auto put = [&text](uint32_t byte) { text += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | code >> 6), put(0x80 | (code & 63));
    } else if (code < 0x10000) {
      put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 63)), put(0x80 | (code & 63));
    } else {
      put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 63)), put(0x80 | (code >> 6 & 63)), put(0x80 | (code & 63));
    }
    const bool legal = code < 0xd800 || (code > 0xdfff && code < 0x110000);
    ASSERT_EQ(utf8_length(text), legal ? text.size() : 1u) << code;
    for (size_t n = 1; legal && n < text.size(); ++n) ASSERT_EQ(utf8_length(text.substr(0, n)), 1u) << code;
  }
}

}  // namespace
}  // namespace thimble
