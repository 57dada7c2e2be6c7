// Memory that lies in a file, and files that are made in memory (ports/host).

#include "ports/host/large_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "ports/host/file.h"
#include "ports/host/process.h"

namespace thimble {
namespace {

constexpr uint64_t kBytes = 100'001;  // no whole number of pages

class LargeMemory : public ::testing::Test {
 protected:
  LargeMemory() { std::filesystem::create_directory(folder_); }
  ~LargeMemory() override { std::filesystem::remove_all(folder_); }

  std::string path(const char* name) const { return (folder_ / name).string(); }
  std::string content(const char* name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name, std::ios::binary).rdbuf();
    return text.str();
  }
  size_t files() const { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_), {})); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("thimble_memory_" + std::to_string(std::random_device{}()));
};

TEST_F(LargeMemory, IsTheMachinesWhileThatIsEnough) {
  host::LargeMemory memory(kBytes, "model");
  EXPECT_FALSE(memory.in_file());
  ASSERT_EQ(memory.span().size(), kBytes);
  EXPECT_TRUE(std::ranges::all_of(memory.span(), [](std::byte b) { return b == std::byte{0}; }));
  memory.span()[kBytes - 1] = std::byte{7};
  const host::LargeMemory moved = std::move(memory);
  EXPECT_EQ(moved.span()[kBytes - 1], std::byte{7});
}

TEST_F(LargeMemory, AMappedFileMovesThereWhole) {
  const std::string text(3'000'001, 'x');
  std::ofstream(folder_ / "model.thm") << text << "end";
  host::MappedFile file(path("model.thm"));
  const host::MappedFile shared = file;
  const std::byte* const mapped = file.bytes().data();
  file.move_to_large_pages();
  EXPECT_NE(file.bytes().data(), mapped);
  EXPECT_EQ(shared.bytes().data(), mapped);
  EXPECT_TRUE(std::ranges::equal(file.bytes(), shared.bytes()));
  EXPECT_EQ(file.bytes().size(), text.size() + 3);
  // From now on nobody who cuts the file off takes bytes away, but that it was written to is still seen.
  EXPECT_NO_THROW(file.check_unchanged());
  std::filesystem::resize_file(folder_ / "model.thm", 1);
  EXPECT_EQ(file.bytes().back(), std::byte{'d'});
  EXPECT_THROW(file.check_unchanged(), host::Error);
}

TEST_F(LargeMemory, MoreThanAFolderHoldsIsRefusedAtOnce) {
  ::setenv("TMPDIR", path("missing").c_str(), 1);
  EXPECT_THROW(host::LargeMemory(host::memory_bytes(), "model"), host::Error);
  ::unsetenv("TMPDIR");
}

TEST_F(LargeMemory, AFileMadeInMemoryAppearsWhole) {
  std::ofstream(folder_ / "model.thm") << "old";
  host::AtomicFile file(path("model.thm"));
  ASSERT_TRUE(file.is_regular());
  const auto bytes = file.map(kBytes);
  ASSERT_EQ(bytes.size(), kBytes);
  EXPECT_TRUE(std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; }));
  bytes.front() = std::byte{'a'};
  bytes.back() = std::byte{'z'};
  EXPECT_EQ(content("model.thm"), "old");
  file.commit();
  EXPECT_EQ(content("model.thm"), "a" + std::string(kBytes - 2, '\0') + "z");
  EXPECT_EQ(files(), 1u);
}

TEST_F(LargeMemory, AFileThatIsNotCommittedLeavesNothing) {
  host::AtomicFile(path("model.thm")).map(kBytes);
  EXPECT_EQ(files(), 0u);
}

}  // namespace
}  // namespace thimble
