// Partitions, read and mapped; files are in port_contract.cpp.

#include <algorithm>

#include "port_test.h"
#include "ports/board.h"
#include "ports/port.h"

namespace thimble {
namespace {

std::vector<std::byte> some_bytes(size_t count) {
  std::vector<std::byte> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  return bytes;
}

PORT_TEST(EspIdfStorage, APartitionIsReadByItsLabel) {
  const std::vector<std::byte> bytes = some_bytes(10'000);
  fakes::add_partition("model", bytes);
  port::Storage storage;
  ASSERT_TRUE(port::open_storage("model", &storage).ok());
  EXPECT_EQ(storage.bytes, 12'288u);  // whole sectors
  std::vector<std::byte> out(5'001);
  port::Read read;
  ASSERT_TRUE(port::begin_read(&storage, 4'999, out, &read).ok());
  ASSERT_TRUE(port::wait_read(&read).ok());
  EXPECT_TRUE(std::equal(out.begin(), out.end(), bytes.begin() + 4'999));
  EXPECT_EQ(port::begin_read(&storage, 12'288, std::span(out).first(1), &read).code(), Code::kInvalidArgument);
  port::close_storage(&storage);
  port::close_storage(&storage);
}

PORT_TEST(EspIdfStorage, AFailedReadCanBeRepeated) {
  fakes::add_partition("model", some_bytes(4096));
  port::Storage storage;
  ASSERT_TRUE(port::open_storage("model", &storage).ok());
  std::vector<std::byte> out(512);
  port::Read read;
  fakes::fail_partition_reads(true);
  ASSERT_TRUE(port::begin_read(&storage, 0, out, &read).ok());
  const Status status = port::wait_read(&read);
  EXPECT_EQ(status.code(), Code::kReadFailed);
  EXPECT_EQ(status.found(), 0u);
  EXPECT_EQ(status.expected(), 512u);
  fakes::fail_partition_reads(false);
  ASSERT_TRUE(port::begin_read(&storage, 0, out, &read).ok());
  EXPECT_TRUE(port::wait_read(&read).ok());
}

PORT_TEST(EspIdfStorage, NoPartitionNoFileNoFolder) {
  port::Storage storage;
  for (const char* name : {"model", "", "/littlefs/none.thm", "/", "/tmp"}) {
    EXPECT_EQ(port::open_storage(name, &storage).code(), Code::kReadFailed) << name;
    EXPECT_EQ(storage.handle, -1);
  }
  EXPECT_TRUE(port::map_partition("model").empty());
}

PORT_TEST(EspIdfStorage, APartitionIsMappedOnce) {
  const std::vector<std::byte> bytes = some_bytes(70'000);
  fakes::add_partition("other", some_bytes(4096));
  fakes::add_partition("model", bytes);
  const auto mapped = port::map_partition("model");
  ASSERT_EQ(mapped.size(), 73'728u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(mapped.data()) % 64, 0u);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), mapped.begin()));
  EXPECT_EQ(port::map_partition("other").size(), 4096u);
  EXPECT_EQ(port::map_partition("model").data(), mapped.data());
  EXPECT_EQ(fakes::mappings(), 2u);
}

PORT_TEST(EspIdfStorage, NoRoomToMap) {
  fakes::add_partition("model", some_bytes(4096));
  fakes::refuse_mappings();
  EXPECT_TRUE(port::map_partition("model").empty());
}

}  // namespace
}  // namespace thimble
