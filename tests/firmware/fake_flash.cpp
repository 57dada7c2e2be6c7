#include "tests/firmware/fake_flash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "base/checksum.h"
#include "ports/flash_writer.h"
#include "ports/settings.h"

namespace thimble::testing {

static FakeFlash* flash = nullptr;

tools::ImageBytes as_partition(std::span<const std::byte> image, size_t bytes) {
  tools::ImageBytes partition(bytes);
  std::memset(partition.span().data(), 0xff, bytes);
  std::copy(image.begin(), image.end(), partition.span().begin());
  return partition;
}

FakeFlash::FakeFlash(Partitions& board_partitions) : partitions(board_partitions) {
  EXPECT_EQ(flash, nullptr) << "one flash at a time";
  flash = this;
}

FakeFlash::~FakeFlash() {
  EXPECT_EQ(mapped, 0u) << "a partition stayed mapped";
  flash = nullptr;
}

FakeFlash::Step FakeFlash::take_step() {
  if (off) return {Status::error(Code::kReadFailed, "power"), 0};
  const uint64_t step = steps++;
  if (step == fail_at) return {Status::error(fail_code, "fault"), 0};
  off = step == cut_at;
  return off ? Step{Status::error(Code::kReadFailed, "power"), cut_part} : Step{};
}

// The last four bytes are the checksum of the rest, in the place of a hash.
bool FakeFlash::is_sound(std::span<const std::byte> image) {
  if (image.size() < 4) return false;
  return checksum32(image.first(image.size() - 4)) == load_u32(image.data() + image.size() - 4);
}

std::vector<std::byte> FakeFlash::program(const char* project, uint16_t chip, size_t bytes, uint8_t fill) {
  std::vector<std::byte> image(bytes, std::byte{fill});
  const auto put = [&](size_t at, std::initializer_list<uint8_t> values) {
    for (const uint8_t value : values) image[at++] = std::byte{value};
  };
  std::fill_n(image.begin(), 288, std::byte{0});
  put(0, {0xe9});
  put(12, {static_cast<uint8_t>(chip), static_cast<uint8_t>(chip >> 8)});
  put(32, {0x32, 0x54, 0xcd, 0xab});
  std::memcpy(image.data() + 80, project, std::strlen(project));
  store_u32(image.data() + bytes - 4, checksum32(std::span(image).first(bytes - 4)));
  return image;
}

void FakeFlash::power_on() {
  using State = ProgramPlace::State;
  off = writing = false;
  cut_at = fail_at = kNever;
  if (places[selected].state == State::kPending) places[selected].state = State::kAborted;
  const auto starts = [&](size_t i) {
    const State state = places[i].state;
    return state != State::kAborted && state != State::kInvalid && is_sound(places[i].image);
  };
  if (!starts(selected)) selected = 1 - selected;
  ASSERT_TRUE(starts(selected)) << "the board starts no more";
  if (places[selected].state == State::kNew) places[selected].state = State::kPending;
  running = selected;
  facts.is_on_trial = places[running].state == State::kPending;
}

}  // namespace thimble::testing

namespace thimble::port {

using testing::flash;
using testing::ProgramPlace;

namespace {

std::span<std::byte> bytes_of(const FlashPartition& partition) {
  return reinterpret_cast<tools::ImageBytes*>(partition.handle)->span();
}

size_t part_of(size_t bytes, double part) { return static_cast<size_t>(static_cast<double>(bytes) * part); }

ProgramPlace& next_place() { return flash->places[1 - flash->running]; }

}  // namespace

// --- the flash ---

Result<FlashPartition> find_flash(const char* label) {
  const auto found = flash->partitions.find(label);
  if (found == flash->partitions.end()) return Status::error(Code::kReadFailed, "partition");
  return FlashPartition{found->second.span().size(), reinterpret_cast<intptr_t>(&found->second)};
}

Status erase_flash(const FlashPartition& partition, uint64_t offset, uint64_t bytes) {
  EXPECT_EQ(offset % kFlashSectorBytes, 0u);
  EXPECT_EQ(bytes % kFlashSectorBytes, 0u);
  EXPECT_LE(offset + bytes, partition.bytes);
  const auto step = flash->take_step();
  const auto range = bytes_of(partition).subspan(offset, bytes);
  std::fill_n(range.begin(), part_of(bytes, step.part), std::byte{0xff});
  return step.status;
}

// Bits can only be cleared; half a byte is what a cut leaves behind.
Status write_flash(const FlashPartition& partition, uint64_t offset, std::span<const std::byte> bytes) {
  EXPECT_LE(offset + bytes.size(), partition.bytes);
  const auto range = bytes_of(partition).subspan(offset, bytes.size());
  EXPECT_TRUE(flash->off || std::all_of(range.begin(), range.end(), [](std::byte b) { return b == std::byte{0xff}; }))
      << "written without an erase, at " << offset;
  const auto step = flash->take_step();
  const size_t whole = part_of(bytes.size(), step.part);
  for (size_t i = 0; i < whole; ++i) range[i] &= bytes[i];
  if (step.part > 0 && whole < bytes.size()) range[whole] &= bytes[whole] | std::byte{0x55};
  const bool rots = flash->rotten_at >= offset && flash->rotten_at < offset + bytes.size();
  if (rots && !flash->rotten.empty() && bytes_of(partition).data() == flash->partitions[flash->rotten].span().data()) {
    bytes_of(partition)[flash->rotten_at] ^= std::byte{1};
  }
  return step.status;
}

Status map_flash(const FlashPartition& partition, uint64_t bytes, FlashMapping* mapping) {
  EXPECT_TRUE(mapping->bytes.empty()) << "mapped already";
  EXPECT_LE(bytes, partition.bytes);
  if (flash->refuse_mappings) return Status::error(Code::kOutOfMemory, "window of the flash");
  ++flash->mapped;
  *mapping = {bytes_of(partition).first(bytes), flash->mapped};
  return {};
}

void unmap_flash(FlashMapping* mapping) {
  if (!mapping->bytes.empty()) --flash->mapped;
  *mapping = {};
}

// --- settings ---

Result<size_t> load_setting(const char* name, std::span<std::byte> out) {
  const auto found = flash->settings.find(name);
  if (found == flash->settings.end()) return Status::error(Code::kNotReady, "setting");
  if (found->second.size() > out.size()) return Status::error(Code::kTextTooLong, "setting");
  std::copy(found->second.begin(), found->second.end(), out.begin());
  return found->second.size();
}

Status store_setting(const char* name, std::span<const std::byte> value) {
  EXPECT_LE(std::strlen(name), kMostSettingName);
  EXPECT_LE(value.size(), kMostSettingBytes);
  const auto step = flash->take_step();
  if (step.part == 1) flash->settings[name].assign(value.begin(), value.end());
  return step.status;
}

Status forget_setting(const char* name) {
  const auto step = flash->take_step();
  if (step.part == 1) flash->settings.erase(name);
  return step.status;
}

Status forget_all_settings() {
  const auto step = flash->take_step();
  if (step.part == 1) flash->settings.clear();
  return step.status;
}

// --- secrets: no real ones ---

void draw_random(std::span<std::byte> out) {
  for (std::byte& b : out) b = static_cast<std::byte>(++flash->draws * 0x9e);
}

Status derive_key(std::string_view password, std::span<const std::byte> salt, uint32_t rounds,
                  std::span<std::byte, kDerivedBytes> out) {
  if (flash->no_cryptography) return Status::error(Code::kUnsupported, "password");
  flash->rounds += rounds;
  for (uint32_t i = 0; i < out.size(); ++i) {
    Checksum32 sum;
    const uint32_t head[] = {i, rounds};
    sum.add(std::as_bytes(std::span(head)));
    sum.add(salt);
    sum.add(std::as_bytes(std::span(password)));
    out[i] = static_cast<std::byte>(sum.value());
  }
  return {};
}

// --- programs ---

ProgramFacts program_facts() { return flash->facts; }

Status begin_program() {
  EXPECT_FALSE(flash->facts.is_on_trial) << "ESP-IDF refuses an update while the program is on trial";
  EXPECT_FALSE(flash->writing);
  const auto step = flash->take_step();
  if (step.part > 0) next_place() = {};
  flash->writing = step.status.ok();
  return step.status;
}

Status write_program(std::span<const std::byte> bytes) {
  EXPECT_TRUE(flash->writing || flash->off);
  const auto step = flash->take_step();
  const auto part = bytes.first(part_of(bytes.size(), step.part));
  next_place().image.insert(next_place().image.end(), part.begin(), part.end());
  return step.status;
}

Status end_program() {
  EXPECT_TRUE(flash->writing || flash->off);
  flash->writing = false;
  const auto step = flash->take_step();
  if (!step.status.ok()) return step.status;
  return testing::FakeFlash::is_sound(next_place().image) ? Status() : Status::error(Code::kCorrupt, "program");
}

void abandon_program() {
  EXPECT_TRUE(flash->writing || flash->off);
  flash->writing = false;
}

Status start_program_next() {
  const auto step = flash->take_step();
  if (step.part < 1) return step.status;
  EXPECT_TRUE(testing::FakeFlash::is_sound(next_place().image)) << "ESP-IDF checks the image";
  next_place().state = ProgramPlace::State::kNew;
  flash->selected = 1 - flash->running;
  return step.status;
}

Status keep_program() {
  const auto step = flash->take_step();
  if (step.part < 1) return step.status;
  flash->places[flash->running].state = ProgramPlace::State::kValid;
  flash->facts.is_on_trial = false;
  return step.status;
}

void return_to_program_before() {
  const auto step = flash->take_step();
  if (step.part < 1) return;
  flash->places[flash->running].state = ProgramPlace::State::kInvalid;
  restart();
}

void restart() {
  ++flash->restarts;
  flash->off = true;  // until the test turns it on again
}

}  // namespace thimble::port
