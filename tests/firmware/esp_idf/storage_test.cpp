// Partitions, read and mapped; files are in port_contract.cpp.

#include <algorithm>

#include "port_test.h"
#include "ports/flash_writer.h"
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
  EXPECT_EQ(port::find_flash("model").status().code(), Code::kReadFailed);
}

PORT_TEST(EspIdfStorage, APartitionIsMappedAsFarAsAsked) {
  const std::vector<std::byte> bytes = some_bytes(70'000);
  fakes::add_partition("other", some_bytes(4096));
  fakes::add_partition("model", bytes);
  const auto partition = port::find_flash("model");
  ASSERT_TRUE(partition.ok());
  EXPECT_EQ(partition->bytes, 73'728u);
  port::FlashMapping mapping;
  ASSERT_TRUE(port::map_flash(*partition, 70'000, &mapping).ok());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(mapping.bytes.data()) % 64, 0u);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), mapping.bytes.begin(), mapping.bytes.end()));
  EXPECT_EQ(fakes::mappings(), 1u);
  port::unmap_flash(&mapping);
  port::unmap_flash(&mapping);
  EXPECT_TRUE(mapping.bytes.empty());
  EXPECT_EQ(fakes::mappings(), 0u);
}

PORT_TEST(EspIdfStorage, NoRoomToMap) {
  fakes::add_partition("model", some_bytes(4096));
  fakes::refuse_mappings();
  port::FlashMapping mapping;
  const Status status = port::map_flash(*port::find_flash("model"), 4096, &mapping);
  EXPECT_EQ(status.code(), Code::kOutOfMemory);
  EXPECT_STREQ(status.subject(), "window of the flash");
  EXPECT_TRUE(mapping.bytes.empty());
}

PORT_TEST(EspIdfStorage, APartitionIsErasedAndWritten) {
  fakes::add_partition("model", std::vector<std::byte>(20'000, std::byte{0}));
  const auto partition = *port::find_flash("model");
  port::FlashMapping mapping;
  ASSERT_TRUE(port::map_flash(partition, partition.bytes, &mapping).ok());
  const std::vector<std::byte> bytes = some_bytes(5'000);
  ASSERT_TRUE(port::erase_flash(partition, 4096, 8192).ok());
  ASSERT_TRUE(port::write_flash(partition, 4099, bytes).ok());
  EXPECT_EQ(mapping.bytes[4095], std::byte{0});
  EXPECT_EQ(mapping.bytes[4098], std::byte{0xff});
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), mapping.bytes.begin() + 4099));
  EXPECT_EQ(mapping.bytes[4096 + 8192], std::byte{0});
  fakes::fail_partition_writes(true);
  EXPECT_EQ(port::erase_flash(partition, 4096, 4096).code(), Code::kReadFailed);
  EXPECT_EQ(port::write_flash(partition, 12'000, bytes).code(), Code::kReadFailed);
  port::unmap_flash(&mapping);
}

}  // namespace
}  // namespace thimble
