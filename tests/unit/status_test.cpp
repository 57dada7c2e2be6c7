#include "thimble/status.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace thimble {
namespace {

std::string text_of(const Status& status, size_t room = 200) {
  std::string buffer(room, 'x');
  return std::string(format_status(status, buffer));
}

TEST(Status, DefaultIsOk) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(text_of(status), "ok");
}

TEST(Status, FormatsSubjectIndexAndValues) {
  const Status status = Status::error(Code::kMalformed, "rows of tensor").at(3).got(63, 64);
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(text_of(status), "malformed: rows of tensor 3: found 63, expected 64");
}

TEST(Status, ABoundIsNotCalledExpected) {
  const Status status = Status::error(Code::kLimit, "n_layers").above(1025, 1024);
  EXPECT_EQ(text_of(status), "over the limit: n_layers: found 1025, at most 1024");
  EXPECT_TRUE(status.has_values());
  EXPECT_TRUE(status.at_most());
  EXPECT_EQ(status.found(), 1025u);
  EXPECT_EQ(status.expected(), 1024u);
  EXPECT_FALSE(Status::error(Code::kMalformed, "rows").got(63, 64).at_most());
}

TEST(Status, FormatsTheLargestNumbers) {
  const Status status = Status::error(Code::kLimit, "n").above(UINT64_MAX, 0);
  EXPECT_EQ(text_of(status), "over the limit: n: found 18446744073709551615, at most 0");
}

TEST(Status, CutsToTheBufferAndTerminates) {
  const Status status = Status::error(Code::kMalformed, "rows");
  for (size_t room = 1; room < 20; ++room) {
    std::array<char, 20> buffer;
    buffer.fill('x');
    const std::string_view text = format_status(status, std::span(buffer).first(room));
    EXPECT_EQ(text, std::string("malformed: rows").substr(0, room - 1));
    EXPECT_EQ(buffer[text.size()], '\0');
    if (room < buffer.size()) {
      EXPECT_EQ(buffer[room], 'x') << "wrote past the buffer";
    }
  }
  EXPECT_EQ(format_status(status, {}), "");
}

TEST(Status, EveryCodeHasItsOwnText) {
  std::set<std::string> texts;
  for (int i = 0; i < kCodeCount; ++i) texts.insert(status_text(static_cast<Code>(i)));
  EXPECT_EQ(texts.size(), static_cast<size_t>(kCodeCount));
  EXPECT_LE(kCodeCount, 25);
  EXPECT_STREQ(status_text(static_cast<Code>(200)), "unknown error");
}

}  // namespace
}  // namespace thimble
