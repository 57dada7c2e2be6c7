#include "tests/firmware/storyteller_board.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "ports/found_files.h"
#include "ports/reads.h"

namespace thimble::testing {
namespace {

constexpr uint64_t kWatchdogMilliseconds = 5000;

}  // namespace

static FakeBoard* board = nullptr;

FakeBoard::FakeBoard() {
  EXPECT_EQ(board, nullptr) << "one board at a time";
  board = this;
  facts.chip = "ESP32-S3";
  facts.revision = 2;
  facts.cpu_mhz = facts.most_cpu_mhz = 240;
  facts.flash_bytes = facts.flash_configured_bytes = 8u << 20;
  facts.flash_mode = "QIO";
  facts.flash_mhz = 80;
  facts.psram = port::Psram::kFound;
  facts.psram_mode = "octal";
  facts.psram_bytes = facts.psram_mapped_bytes = 8u << 20;
  facts.psram_mhz = 80;
  facts.data_cache_bytes = 64 * 1024;
  facts.data_cache_line_bytes = 64;
  facts.reset_reason = "power on";
  facts.sdk = "a fake";
}

FakeBoard::~FakeBoard() {
  EXPECT_EQ(open_files, 0u) << "a file was left open";
  EXPECT_LE(longest_hunger_milliseconds, kWatchdogMilliseconds) << "the watchdog would have restarted the chip";
  board = nullptr;
}

void FakeBoard::add_memory(Region region, size_t bytes) {
  blocks.emplace_back(bytes);
  pieces.push_back({region, blocks.back().span()});
  EXPECT_EQ(reinterpret_cast<uintptr_t>(pieces.back().bytes.data()) % kBlockAlignment, 0u);
}

bool FakeBoard::take(Deed::Kind kind, Deed* deed) {
  if (deeds.empty() || deeds.front().kind != kind) return false;
  const uint64_t after = deeds.front().after_yields;
  if (after == Deed::kWhenIdle ? !waits : yields - deed_yields < after) return false;
  *deed = deeds.front();
  deeds.pop_front();
  deed_yields = yields;
  return true;
}

}  // namespace thimble::testing

namespace thimble::port {

using testing::board;
using testing::Deed;

// --- console ---

void write_text(std::string_view text) { board->text += text; }
void log_line(std::string_view line) {
  EXPECT_EQ(line.find('\n'), std::string_view::npos) << line;
  EXPECT_LT(line.size(), 200u) << "cut: " << line;
  board->log.append(line).append("\n");
}

// --- time ---

uint64_t ticks() { return board->now; }
uint64_t ticks_per_second() { return 1000; }

void yield() {
  uint64_t& longest = board->longest_hunger_milliseconds;
  longest = std::max(longest, board->now - board->fed);
  board->now += 1;
  board->fed = board->now;
  ++board->yields;
  board->waits = false;
  if (board->stuck_word != nullptr) *board->stuck_word = 0x0badbad0;
}

// --- memory ---

std::span<const MemoryPiece> memory_pieces() {
  board->memory_given = true;
  return board->pieces;
}

MemoryState memory_state(Region region) {
  if (region == Region::kBulk) return {};
  return {.total = 300'000, .free = 40'000, .least_free = 30'000, .largest_block = 20'000};
}

size_t unused_stack() { return 1234; }
bool heap_is_sound() { return board->heap_sound; }

// --- storage ---

Status open_storage(const char* name, Storage* storage) {
  *storage = {};
  const auto file = board->files.find(name);
  if (file == board->files.end()) return Status::error(Code::kReadFailed, "storage");
  storage->bytes = file->second.size();
  storage->handle = reinterpret_cast<intptr_t>(&file->second);
  ++board->open_files;
  return {};
}

void close_storage(Storage* storage) {
  if (storage->handle == -1) return;
  EXPECT_EQ(storage->reads, 0u) << "closed with a read under way";
  --board->open_files;
  *storage = {};
}

Status begin_read(Storage* storage, uint64_t offset, std::span<std::byte> out, Read* read) {
  EXPECT_NE(storage->handle, -1) << "not open";
  return enter_read(storage, offset, out, read);
}

Status wait_read(Read* read) {
  const Result<Read> r = leave_read(read);
  if (!r.ok()) return r.status();
  if (board->reads_until_failure > 0) {
    --board->reads_until_failure;
  } else if (board->failing_reads > 0) {
    --board->failing_reads;
    return read_result(*r, r->out.size() / 2);
  }
  const auto& file = *reinterpret_cast<const std::vector<std::byte>*>(r->storage->handle);
  std::memcpy(r->out.data(), file.data() + r->offset, r->out.size());
  board->now += 1 + r->out.size() / 1000;  // a card over SPI: 1 MB a second
  return {};
}

// --- workers: two, of which the caller plays both ---

uint32_t core_count() { return 2; }

struct Workers::Pool {
  uint32_t count;
};

Workers::Workers(uint32_t count) : pool_(new Pool{count}) {
  EXPECT_TRUE(board->memory_given) << "the stacks of workers come after the memory of the engine";
}
Workers::~Workers() { delete pool_; }

Parallel Workers::parallel() const {
  return {[](void* pool, Parallel::Task task, void* argument) {
            for (uint32_t w = 0; w < static_cast<const Pool*>(pool)->count; ++w) task(argument, w);
            board->now += board->stage_milliseconds;
          },
          pool_, pool_->count};
}

// --- the board ---

BoardFacts board_facts() { return board->facts; }

// --- files ---

const char* card_folder() { return board->card_status.code() == Code::kNotReady ? nullptr : "/sdcard"; }

Result<size_t> find_files(const char* folder, const char* ending, std::span<FileName> out) {
  EXPECT_STREQ(folder, "/sdcard");
  if (!board->card_status.ok()) return board->card_status;
  FoundFiles found(folder, out);
  for (const auto& [path, bytes] : board->files) {
    const std::string start = std::string(folder) + "/";
    if (path.starts_with(start) && is_named(path.substr(start.size()), ending)) {
      found.add(path.substr(start.size()), bytes.size());
    }
  }
  return found.count();
}

// --- input ---

bool read_line(uint32_t milliseconds, std::string_view* line) {
  board->now += milliseconds;
  board->waits = milliseconds > 0;
  Deed deed;
  if (!board->take(Deed::Kind::kLine, &deed)) return false;
  // The line before is no longer valid.
  std::fill(board->given.begin(), board->given.end(), '#');
  board->given = deed.line.substr(0, 511);
  *line = board->given;
  return true;
}

void echo_line(std::string_view line) { board->text += std::string(line) + "\n"; }

bool take_interrupt() {
  Deed deed;
  return board->take(Deed::Kind::kInterrupt, &deed);
}

bool button_is_down() { return board->now < board->button_down_until; }

bool take_button() {
  Deed deed;
  return board->take(Deed::Kind::kButton, &deed);
}

}  // namespace thimble::port
