// The annotated bytes in docs/FORMAT.md are those of a real file: the smallest fixture.

#include <gtest/gtest.h>

#include <cctype>
#include <sstream>
#include <string>

#include "tests/support/model_fixture.h"
#include "tests/support/shared_models.h"

namespace thimble {
namespace {

// "    0010  80 12 00 ...  meaning": the offset and the bytes up to the second double space.
bool parse_line(const std::string& line, size_t* offset, std::vector<std::byte>* bytes) {
  if (line.size() < 12 || line.compare(0, 4, "    ") != 0 || line.compare(8, 2, "  ") != 0) return false;
  for (size_t i = 4; i < 8; ++i) {
    if (std::isxdigit(static_cast<unsigned char>(line[i])) == 0) return false;
  }
  *offset = std::stoul(line.substr(4, 4), nullptr, 16);
  bytes->clear();
  for (size_t at = 10; at + 2 <= line.size() && line[at] != ' '; at += 3) {
    if (std::isxdigit(static_cast<unsigned char>(line[at])) == 0) break;  // "..."
    bytes->push_back(static_cast<std::byte>(std::stoul(line.substr(at, 2), nullptr, 16)));
  }
  return true;
}

TEST(FormatExample, IsTheSmallestFixture) {
  const auto image = testing::to_thm(testing::make_fixture(testing::smallest_spec()));
  std::istringstream document(testing::read_text(THIMBLE_SOURCE_DIR "/docs/FORMAT.md"));
  std::string line;
  size_t lines = 0;
  while (std::getline(document, line)) {
    size_t offset = 0;
    std::vector<std::byte> bytes;
    if (!parse_line(line, &offset, &bytes)) continue;
    ++lines;
    ASSERT_LE(offset + bytes.size(), image.span().size()) << line;
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), image.span().begin() + static_cast<ptrdiff_t>(offset))) << line;
  }
  EXPECT_GT(lines, 30u);
  // "4,800 bytes" in the text above them.
  const std::string size = std::to_string(image.span().size());
  const std::string stated = "8 pieces, tied), " + size.substr(0, size.size() - 3) + "," + size.substr(size.size() - 3);
  EXPECT_NE(document.str().find(stated + " bytes"), std::string::npos) << stated;
}

}  // namespace
}  // namespace thimble
