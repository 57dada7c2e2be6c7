// The file system of the card: what lies on it, and where. Files are read as sectors, in multi-block reads straight
// into the memory they are for, since a file lies on a card in a few runs of sectors; FATFS is asked only where those
// are.
//
// For the card's task alone (card_task.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ports/board.h"
#include "thimble/status.h"

namespace thimble::esp_idf {

// A file of the card, by where it lies.
class CardFile {
 public:
  static constexpr size_t kMostRuns = 128;
  static constexpr size_t kMostPathBytes = 127;

  // Opens the card where that is needed, and looks the file up. `path` is below kCardFolder. Errors: those of
  // port::open_storage().
  Status open(const char* path);

  uint64_t bytes() const { return bytes_; }

  // Returns the bytes that came: fewer when the card failed, which is then opened again by the next read. The range
  // lies in the file.
  size_t read(uint64_t offset, std::span<std::byte> out);

 private:
  struct Run {
    uint32_t first_sector = 0;
    uint32_t sectors = 0;
  };

  Status look_up();
  bool is_there();
  Run run_at(uint64_t offset) const;
  size_t read_once(uint64_t offset, std::span<std::byte> out) const;

  char path_[kMostPathBytes + 1] = {};
  uint64_t bytes_ = 0;
  std::array<Run, kMostRuns> runs_;
  size_t run_count_ = 0;
  uint32_t mounting_ = 0;  // which one of the card this is the state of
};

// The new file of ports/file_writer.h, which documents the calls.
Status create_card_file(const char* path, uint64_t bytes);
Status write_card_file(uint64_t offset, std::span<const std::byte> bytes);
Status read_back_card_file(uint64_t offset, std::span<std::byte> out);
Status finish_card_file();
void discard_card_file();
Status remove_card_file(const char* path);

// port::find_files() for the card.
Result<size_t> find_card_files(const char* folder, const char* ending, std::span<port::FileName> out);

}  // namespace thimble::esp_idf
