// A new file of the card: what FATFS is asked for, and what is there after each way of it ending.

#include <algorithm>

#include "port_test.h"
#include "ports/board.h"
#include "ports/file_writer.h"
#include "ports/port.h"

namespace thimble {
namespace {

constexpr size_t kBytes = 20'000;
constexpr const char* kPath = "/sdcard/new.thm";
constexpr const char* kName = "new.thm";

std::vector<std::byte> some_bytes(size_t count) {
  std::vector<std::byte> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(1 + i * 7 + i / 251);
  return bytes;
}

void start() {
  fakes::add_usual_memory();
  fakes::insert_card();
}

PORT_TEST(CardWriting, AFileIsMadeWrittenAndRead) {
  start();
  const auto bytes = some_bytes(kBytes);
  ASSERT_TRUE(port::create_file(kPath, kBytes).ok());
  const auto made = fakes::card_file(kName);
  ASSERT_EQ(made.size(), kBytes);
  EXPECT_TRUE(std::all_of(made.begin(), made.begin() + 512, [](std::byte b) { return b == std::byte{0}; }));
  EXPECT_EQ(made[512], std::byte{0x89}) << "what the cluster held before";
  ASSERT_TRUE(port::write_file(512, std::span(bytes).subspan(512, 1000)).ok());
  ASSERT_TRUE(port::write_file(1512, std::span(bytes).subspan(1512)).ok());
  std::vector<std::byte> back(3000);
  ASSERT_TRUE(port::read_back(1000, back).ok());
  EXPECT_TRUE(std::equal(back.begin(), back.end(), bytes.begin() + 1000));
  ASSERT_TRUE(port::write_file(0, std::span(bytes).first(512)).ok());
  ASSERT_TRUE(port::finish_file().ok());
  EXPECT_EQ(fakes::card_file(kName), bytes);
  port::discard_file();  // there is none any more
  EXPECT_EQ(fakes::card_file(kName), bytes);

  port::Storage storage;
  ASSERT_TRUE(port::open_storage(kPath, &storage).ok());
  EXPECT_EQ(storage.bytes, kBytes);
  port::Read read;
  ASSERT_TRUE(port::begin_read(&storage, 5000, back, &read).ok());
  ASSERT_TRUE(port::wait_read(&read).ok());
  EXPECT_TRUE(std::equal(back.begin(), back.end(), bytes.begin() + 5000));
  port::close_storage(&storage);
  EXPECT_TRUE(port::remove_file(kPath).ok());
  EXPECT_TRUE(fakes::card_file(kName).empty());
  EXPECT_STREQ(port::remove_file(kPath).subject(), "storage");
}

PORT_TEST(CardWriting, OneThatIsThereStays) {
  start();
  const auto bytes = some_bytes(3000);
  fakes::add_card_file(kName, bytes);
  EXPECT_EQ(port::create_file(kPath, kBytes).code(), Code::kNotReady);
  port::discard_file();
  EXPECT_EQ(fakes::card_file(kName), bytes);
}

PORT_TEST(CardWriting, WhatIsNotWantedIsRemoved) {
  start();
  ASSERT_TRUE(port::create_file(kPath, kBytes).ok());
  port::discard_file();
  EXPECT_TRUE(fakes::card_file(kName).empty());
  std::byte byte{};
  EXPECT_EQ(port::write_file(0, {&byte, 1}).code(), Code::kReadFailed);
  EXPECT_EQ(port::finish_file().code(), Code::kReadFailed);
}

PORT_TEST(CardWriting, ACardThatIsFull) {
  start();
  fakes::limit_card(10'000);
  const Status status = port::create_file(kPath, kBytes);
  EXPECT_EQ(status.code(), Code::kOutOfMemory);
  EXPECT_STREQ(status.subject(), "room on the card");
  EXPECT_EQ(status.found(), 8192u);
  EXPECT_EQ(status.expected(), kBytes);
  EXPECT_TRUE(fakes::card_file(kName).empty());
}

PORT_TEST(CardWriting, OneThatIsProtectedAndOneThatIsNotThere) {
  start();
  fakes::protect_card();
  EXPECT_STREQ(port::create_file(kPath, kBytes).subject(), "card that is write-protected");
  fakes::remove_card();
  EXPECT_STREQ(port::create_file(kPath, kBytes).subject(), "card");
  EXPECT_STREQ(port::remove_file(kPath).subject(), "card");
  EXPECT_EQ(port::create_file("/littlefs/new.thm", kBytes).code(), Code::kUnsupported);
  EXPECT_EQ(port::remove_file("model").code(), Code::kUnsupported);
}

// A card that is pulled, or fails, ends the file; what came of it stays, and has no beginning.
PORT_TEST(CardWriting, EveryCommandMayFail) {
  start();
  const auto bytes = some_bytes(kBytes);
  const auto write_all = [&](const char* path) {
    THIMBLE_RETURN_IF_ERROR(port::create_file(path, kBytes));
    std::vector<std::byte> back(2048);
    THIMBLE_RETURN_IF_ERROR(port::write_file(512, std::span(bytes).subspan(512)));
    THIMBLE_RETURN_IF_ERROR(port::read_back(512, back));
    THIMBLE_RETURN_IF_ERROR(port::write_file(0, std::span(bytes).first(512)));
    return port::finish_file();
  };
  const uint32_t before = fakes::card_commands();
  ASSERT_TRUE(write_all("/sdcard/0.thm").ok());
  const uint32_t commands = fakes::card_commands() - before;
  ASSERT_GE(commands, 8u);
  for (uint32_t command = 1; command < commands; ++command) {  // the first one asks whether the card is there
    const std::string name = std::to_string(command) + ".thm";
    fakes::fail_card_commands(command, 1);
    EXPECT_FALSE(write_all(("/sdcard/" + name).c_str()).ok()) << command;
    port::discard_file();
    const auto left = fakes::card_file(name.c_str());
    EXPECT_TRUE(left.size() < 512 || left[0] == std::byte{0} || command == commands - 1) << command;
  }
  EXPECT_TRUE(write_all("/sdcard/last.thm").ok());
}

}  // namespace
}  // namespace thimble
