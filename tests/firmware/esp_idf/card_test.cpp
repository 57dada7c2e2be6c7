// The card: files of it, read by the task that it belongs to, and everything that can happen to a card.

#include <algorithm>
#include <array>
#include <cstring>

#include "esp_heap_caps.h"
#include "port_test.h"
#include "ports/board.h"
#include "ports/port.h"

namespace thimble {
namespace {

constexpr size_t kFileBytes = 300'000;
constexpr const char* kPath = "/sdcard/story.thm";

std::vector<std::byte> some_bytes(size_t count) {
  std::vector<std::byte> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
  return bytes;
}

// Memory that a card's host reaches, or PSRAM and the like, which it does not.
std::span<std::byte> internal_memory(size_t bytes) {
  return {static_cast<std::byte*>(heap_caps_aligned_alloc(64, bytes, MALLOC_CAP_DMA | MALLOC_CAP_8BIT)), bytes};
}
std::span<std::byte> far_memory(size_t bytes) {
  static std::vector<std::byte> memory;
  memory.resize(bytes);
  return memory;
}

struct Card {
  explicit Card(size_t runs = 1) : bytes(some_bytes(kFileBytes)) {
    fakes::add_usual_memory();
    fakes::insert_card();
    fakes::add_card_file("STORY.THM", bytes, runs);
  }
  void open() { ASSERT_TRUE(port::open_storage(kPath, &storage).ok()); }

  Status read(uint64_t offset, std::span<std::byte> out) {
    port::Read under_way;
    THIMBLE_RETURN_IF_ERROR(port::begin_read(&storage, offset, out, &under_way));
    return port::wait_read(&under_way);
  }
  bool holds(uint64_t offset, std::span<const std::byte> out) const {
    return std::equal(out.begin(), out.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  void expect_read(uint64_t offset, std::span<std::byte> out) {
    std::fill(out.begin(), out.end(), std::byte{0xee});
    EXPECT_TRUE(read(offset, out).ok()) << offset << " " << out.size();
    EXPECT_TRUE(holds(offset, out)) << offset << " " << out.size();
  }

  std::vector<std::byte> bytes;
  port::Storage storage;
};

// --- reading ---

PORT_TEST(EspIdfCard, EveryOffsetLengthAndKindOfMemory) {
  Card card;
  card.open();
  EXPECT_EQ(card.storage.bytes, kFileBytes);
  const auto inside = internal_memory(70'000);
  for (const auto memory : {inside, inside.subspan(1), inside.subspan(64), far_memory(70'000)}) {
    for (const uint64_t offset : {0u, 1u, 64u, 511u, 512u, 513u, 4095u, 65'536u, 65'600u, 200'001u}) {
      for (const size_t bytes : {0u, 1u, 63u, 448u, 511u, 512u, 513u, 1024u, 4096u, 4097u, 16'384u, 66'000u}) {
        card.expect_read(offset, memory.first(bytes));
      }
    }
    card.expect_read(kFileBytes - 1000, memory.first(1000));
  }
  port::close_storage(&card.storage);
}

PORT_TEST(EspIdfCard, WholeSectorsComeInFewCommandsAndWithoutACopy) {
  Card card;
  card.open();
  const auto out = internal_memory(65'536);
  const uint32_t before = fakes::card_commands();
  card.expect_read(16'384, out);
  EXPECT_EQ(fakes::card_commands() - before, 1u);
}

// A stream whose pieces end within a sector: the sector is read once for both.
PORT_TEST(EspIdfCard, PiecesThatFollowEachOtherShareASector) {
  Card card;
  card.open();
  const auto out = internal_memory(16'384);
  card.expect_read(64, out);
  for (uint64_t offset = 64 + 16'384; offset + out.size() <= 120'000; offset += out.size()) {
    const uint32_t before = fakes::card_commands();
    card.expect_read(offset, out);
    EXPECT_EQ(fakes::card_commands() - before, 2u);
  }
}

PORT_TEST(EspIdfCard, AFileInPiecesIsReadPieceByPiece) {
  for (const size_t runs : {2u, 5u, 128u}) {
    Card card(runs);
    card.open();
    const auto out = internal_memory(20'000);
    for (uint64_t offset = 0; offset + out.size() <= kFileBytes; offset += out.size() - 1)
      card.expect_read(offset, out);
    port::close_storage(&card.storage);
    heap_caps_free(out.data());
  }
}

PORT_TEST(EspIdfCard, AFileInTooManyPiecesIsRefused) {
  Card card(130);
  const Status status = port::open_storage(kPath, &card.storage);
  EXPECT_EQ(status.code(), Code::kLimit);
  EXPECT_EQ(status.found(), 130u);
  EXPECT_EQ(status.expected(), 128u);
  EXPECT_EQ(card.storage.handle, -1);
}

PORT_TEST(EspIdfCard, ReadsOverlapAndEndInAnyOrder) {
  Card card;
  card.open();
  const auto a = internal_memory(32'768), b = internal_memory(32'768), c = far_memory(100);
  std::array<port::Read, 3> reads;
  ASSERT_TRUE(port::begin_read(&card.storage, 0, a, &reads[0]).ok());
  ASSERT_TRUE(port::begin_read(&card.storage, 32'768, b, &reads[1]).ok());
  ASSERT_TRUE(port::begin_read(&card.storage, 77, c, &reads[2]).ok());
  for (const size_t i : {2u, 0u, 1u}) EXPECT_TRUE(port::wait_read(&reads[i]).ok());
  EXPECT_TRUE(card.holds(0, a));
  EXPECT_TRUE(card.holds(32'768, b));
  EXPECT_TRUE(card.holds(77, c));
}

PORT_TEST(EspIdfCard, EverythingIsGivenBack) {
  Card card;
  card.open();
  port::close_storage(&card.storage);
  card.open();
  const size_t open = fakes::live_allocations();
  port::close_storage(&card.storage);
  EXPECT_EQ(fakes::live_allocations(), open - 1);
  fakes::remove_card();
  EXPECT_FALSE(port::open_storage(kPath, &card.storage).ok());
  EXPECT_FALSE(fakes::card_is_mounted());
  EXPECT_EQ(fakes::live_allocations(), 1u);  // the buffer
}

// --- what is there ---

std::vector<std::string> names_on_card(size_t most = 8) {
  std::vector<port::FileName> files(most);
  const Result<size_t> count = port::find_files(port::card_folder(), ".thm", files);
  EXPECT_TRUE(count.ok());
  std::vector<std::string> names;
  for (size_t i = 0; count.ok() && i < *count; ++i) names.emplace_back(files[i].path);
  return names;
}

PORT_TEST(EspIdfCard, FindsModelsInTheOrderOfTheirNames) {
  fakes::add_usual_memory();
  fakes::insert_card();
  const std::vector<std::byte> bytes = some_bytes(1000);
  for (const char* name : {"zoo.thm", "STORY.THM", "notes.txt", "._zoo.thm", "a.Thm", "thm"}) {
    fakes::add_card_file(name, bytes);
  }
  fakes::add_card_file("hidden.thm", bytes, 1, true);
  fakes::add_card_file(std::string(60, 'x').append(".thm").c_str(), bytes);
  fakes::add_card_folder("folder.thm");
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_on_card(), (Names{"/sdcard/STORY.THM", "/sdcard/a.Thm", "/sdcard/zoo.thm"}));
  EXPECT_EQ(names_on_card(2), (Names{"/sdcard/STORY.THM", "/sdcard/a.Thm"}));
  EXPECT_EQ(names_on_card(0), Names{});
  std::array<port::FileName, 1> file;
  EXPECT_EQ(port::find_files("/sdcard/nowhere", ".thm", file).status().code(), Code::kReadFailed);
  EXPECT_EQ(port::find_files("/littlefs", ".thm", file).status().code(), Code::kReadFailed);
}

PORT_TEST(EspIdfCard, AnEmptyFileAndNoFile) {
  Card card;
  fakes::add_card_file("empty.thm", {});
  ASSERT_TRUE(port::open_storage("/sdcard/empty.thm", &card.storage).ok());
  EXPECT_EQ(card.storage.bytes, 0u);
  EXPECT_TRUE(card.read(0, {}).ok());
  port::close_storage(&card.storage);
  for (const std::string& name :
       {std::string("/sdcard/none.thm"), std::string("/sdcard"), "/sdcard/" + std::string(200, 'x')}) {
    const Status status = port::open_storage(name.c_str(), &card.storage);
    EXPECT_EQ(status.code(), Code::kReadFailed) << name;
    EXPECT_STREQ(status.subject(), "storage") << name;
  }
  // Another folder's name begins as the card's.
  EXPECT_STREQ(port::open_storage("/sdcards/story.thm", &card.storage).subject(), "storage");
}

PORT_TEST(EspIdfCard, NoCard) {
  fakes::add_usual_memory();
  port::Storage storage;
  std::array<port::FileName, 1> file;
  for (const Status& status :
       {port::open_storage(kPath, &storage), port::find_files("/sdcard", ".thm", file).status()}) {
    EXPECT_EQ(status.code(), Code::kReadFailed);
    EXPECT_STREQ(status.subject(), "card");
  }
  fakes::insert_card();  // opened when it is there
  fakes::add_card_file("story.thm", some_bytes(1000));
  EXPECT_TRUE(port::open_storage(kPath, &storage).ok());
}

PORT_TEST(EspIdfCard, NoFat) {
  fakes::add_usual_memory();
  fakes::insert_card(false);
  port::Storage storage;
  const Status status = port::open_storage(kPath, &storage);
  EXPECT_EQ(status.code(), Code::kUnsupported);
  EXPECT_STREQ(status.subject(), "file system of the card");
}

PORT_TEST(EspIdfCard, NoMemory) {
  fakes::insert_card();
  port::Storage storage;
  EXPECT_EQ(port::open_storage(kPath, &storage).code(), Code::kOutOfMemory);
  fakes::add_heap(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT, 65'536);  // none of it for DMA
  EXPECT_EQ(port::open_storage(kPath, &storage).code(), Code::kOutOfMemory);
  EXPECT_EQ(fakes::live_allocations(), 0u);
}

// --- faults ---

// Each command that opening and reading gives fails once: the call says so or succeeds, and so does all after it.
PORT_TEST(EspIdfCard, EveryCommandMayFail) {
  Card card(3);
  const auto out = internal_memory(20'000);
  const uint32_t before = fakes::card_commands();
  card.open();
  card.expect_read(100, out);
  const uint32_t commands = fakes::card_commands() - before;
  ASSERT_GT(commands, 5u);
  port::close_storage(&card.storage);
  for (uint32_t failing = 0; failing < commands; ++failing) {
    fakes::fail_card_commands(failing, 1);
    Status status = port::open_storage(kPath, &card.storage);
    if (!status.ok()) {
      EXPECT_EQ(status.code(), Code::kReadFailed);
      EXPECT_STREQ(status.subject(), "card");
      status = port::open_storage(kPath, &card.storage);
    }
    ASSERT_TRUE(status.ok()) << failing;
    status = card.read(100, out);
    if (!status.ok()) {
      EXPECT_EQ(status.code(), Code::kReadFailed);
      EXPECT_EQ(status.expected(), out.size());
      EXPECT_LT(status.found(), out.size());
      EXPECT_TRUE(card.holds(100, out.first(status.found())));
    }
    card.expect_read(100, out);
    port::close_storage(&card.storage);
  }
}

PORT_TEST(EspIdfCard, AListMayFailAtEveryCommand) {
  Card card;
  ASSERT_EQ(names_on_card().size(), 1u);
  std::array<port::FileName, 1> file;
  for (uint32_t failing = 0; failing < 4; ++failing) {
    fakes::fail_card_commands(failing, 1);
    const Result<size_t> count = port::find_files("/sdcard", ".thm", file);
    if (!count.ok()) {
      EXPECT_STREQ(count.status().subject(), "card");
    }
    EXPECT_EQ(names_on_card().size(), 1u) << failing;
  }
}

// The driver gives up after a second, which is when a stall ends.
PORT_TEST(EspIdfCard, AStallEndsInAnError) {
  Card card;
  card.open();
  const auto out = internal_memory(65'536);
  fakes::fail_card_commands(0, 1, 1'000'000);
  EXPECT_EQ(card.read(0, out).code(), Code::kReadFailed);
  card.expect_read(0, out);
}

PORT_TEST(EspIdfCard, ACardThatIsTakenOutAndPutBack) {
  Card card;
  card.open();
  const auto out = internal_memory(16'384);
  card.expect_read(0, out);
  fakes::remove_card();
  for (int i = 0; i < 3; ++i) {
    const Status status = card.read(16'384, out);
    EXPECT_EQ(status.code(), Code::kReadFailed);
    EXPECT_EQ(status.found(), 0u);
  }
  fakes::put_card_back();
  card.expect_read(16'384, out);
  EXPECT_EQ(fakes::card_mountings(), 2u);
  // Out and in again between two reads: the first one fails, since the card has to be woken anew.
  fakes::remove_card();
  fakes::put_card_back();
  EXPECT_FALSE(card.read(0, out).ok());
  card.expect_read(0, out);
}

PORT_TEST(EspIdfCard, AnotherCardWithAnotherFile) {
  Card card;
  card.open();
  const auto out = internal_memory(4096);
  card.expect_read(0, out);
  fakes::insert_card();
  EXPECT_FALSE(card.read(0, out).ok());  // without the file
  EXPECT_FALSE(card.read(0, out).ok());
  fakes::insert_card();
  fakes::add_card_file("story.thm", some_bytes(5000));
  EXPECT_FALSE(card.read(0, out).ok());  // shorter than it was
  EXPECT_FALSE(card.read(0, out).ok());
  fakes::insert_card();
  fakes::add_card_file("other.thm", some_bytes(5000));
  fakes::add_card_file("story.thm", card.bytes, 4);
  card.expect_read(0, out);  // elsewhere on the card
  EXPECT_EQ(card.storage.bytes, kFileBytes);
}

}  // namespace
}  // namespace thimble
