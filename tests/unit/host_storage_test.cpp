// Storage of the desktop's port (ports/port.h) when files change or are none; the rest of its contract is tried by
// tests/firmware/port_contract.cpp.

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "ports/port.h"

namespace thimble {
namespace {

class HostStorage : public ::testing::Test {
 protected:
  void SetUp() override { write("0123456789"); }
  void TearDown() override {
    port::close_storage(&storage_);
    std::filesystem::remove_all(path_);
  }

  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }

  Status read(uint64_t offset, std::span<char> out) {
    port::Read read;
    THIMBLE_RETURN_IF_ERROR(port::begin_read(&storage_, offset, std::as_writable_bytes(out), &read));
    return port::wait_read(&read);
  }

  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("thimble_storage_" + std::to_string(std::random_device{}()));
  port::Storage storage_;
};

// As a card that goes away and comes back: the bytes that came are counted, and the same Storage reads on.
TEST_F(HostStorage, AFileCutShortFailsUntilItIsWholeAgain) {
  ASSERT_TRUE(port::open_storage(path_.c_str(), &storage_).ok());
  EXPECT_EQ(storage_.bytes, 10u);
  std::filesystem::resize_file(path_, 6);
  std::array<char, 8> out{};
  const Status status = read(2, out);
  EXPECT_EQ(status.code(), Code::kReadFailed);
  EXPECT_EQ(status.found(), 4u);
  EXPECT_EQ(status.expected(), 8u);
  EXPECT_EQ(std::string_view(out.data(), 4), "2345");
  EXPECT_EQ(read(7, std::span(out).first(3)).found(), 0u);
  EXPECT_TRUE(read(0, std::span(out).first(6)).ok());

  write("0123456789");
  ASSERT_TRUE(read(2, out).ok());
  EXPECT_EQ(std::string_view(out.data(), 8), "23456789");
}

TEST_F(HostStorage, TheLengthIsThatOfTheOpening) {
  ASSERT_TRUE(port::open_storage(path_.c_str(), &storage_).ok());
  write("0123456789abcdef");
  std::array<char, 11> out{};
  const Status status = read(0, out);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.found(), 11u);
  EXPECT_EQ(status.expected(), 10u);
  EXPECT_TRUE(status.at_most());
}

TEST_F(HostStorage, FoldersAndDevicesCannotBeReadFromAnyPlace) {
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(port::open_storage(path_.c_str(), &storage_).code(), Code::kReadFailed);
  EXPECT_LT(storage_.handle, 0);
  EXPECT_EQ(port::open_storage("/dev/null", &storage_).code(), Code::kReadFailed);
  EXPECT_EQ(storage_.bytes, 0u);
}

}  // namespace
}  // namespace thimble
