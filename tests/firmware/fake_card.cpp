#include "tests/firmware/fake_card.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ports/file_writer.h"

namespace thimble::testing {

static FakeCard* card = nullptr;

FakeCard::FakeCard(CardFiles& board_files) : files(board_files) {
  EXPECT_EQ(card, nullptr) << "one card at a time";
  card = this;
}

FakeCard::~FakeCard() { card = nullptr; }

Status FakeCard::take_step() {
  const uint64_t step = steps++;
  in_slot = in_slot && step != cut_at;
  return in_slot && step != fail_at ? Status() : Status::error(Code::kReadFailed, "card");
}

}  // namespace thimble::testing

namespace thimble::port {

using testing::card;

namespace {

std::span<std::byte> new_file(uint64_t offset, size_t bytes) {
  std::vector<std::byte>& file = card->files[card->writing];
  EXPECT_LE(offset + bytes, file.size());
  return std::span(file).subspan(static_cast<size_t>(offset), bytes);
}

Status lost() {
  card->writing.clear();  // what came of it stays
  return Status::error(Code::kReadFailed, "card");
}

}  // namespace

Status create_file(const char* path, uint64_t bytes) {
  if (card->files.count(path) > 0) return Status::error(Code::kNotReady, "new file: there is one of this name");
  THIMBLE_RETURN_IF_ERROR(card->take_step());
  if (bytes > card->room) return Status::error(Code::kOutOfMemory, "room on the card").got(card->room, bytes);
  card->writing = path;
  auto& file = card->files[path];
  file.assign(static_cast<size_t>(bytes), std::byte{0x89});
  std::fill_n(file.begin(), std::min(file.size(), kCardSectorBytes), std::byte{0});
  return {};
}

Status write_file(uint64_t offset, std::span<const std::byte> bytes) {
  if (card->writing.empty()) return lost();
  while (!bytes.empty()) {
    if (!card->take_step().ok()) return lost();
    const size_t count = std::min(bytes.size(), kCardSectorBytes - static_cast<size_t>(offset % kCardSectorBytes));
    std::copy_n(bytes.begin(), count, new_file(offset, count).begin());
    const bool rots = card->rotten_at >= offset && card->rotten_at < offset + count;
    if (rots) new_file(card->rotten_at, 1)[0] ^= std::byte{1};
    offset += count;
    bytes = bytes.subspan(count);
  }
  return {};
}

Status read_back(uint64_t offset, std::span<std::byte> out) {
  if (!card->in_slot || card->writing.empty()) return lost();
  const auto from = new_file(offset, out.size());
  std::copy(from.begin(), from.end(), out.begin());
  return {};
}

Status finish_file() {
  if (card->writing.empty() || !card->take_step().ok()) return lost();
  card->writing.clear();
  return {};
}

void discard_file() {
  if (!card->writing.empty() && card->take_step().ok()) card->files.erase(card->writing);
  card->writing.clear();
}

Status remove_file(const char* path) {
  THIMBLE_RETURN_IF_ERROR(card->take_step());
  return card->files.erase(path) > 0 ? Status() : Status::error(Code::kReadFailed, "storage");
}

}  // namespace thimble::port
