// A model in a file that need not fit into memory: its tables are read, the rest piece by piece as the engine needs it,
// by a task on the other core.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ports/esp_idf/card_task.h"
#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/weight_reader.h"

namespace thimble::arduino {

// Gives everything back when it ends. Not copyable, since an engine keeps a pointer to its reader.
class StreamedFile {
 public:
  StreamedFile() = default;
  ~StreamedFile();
  StreamedFile(const StreamedFile&) = delete;
  StreamedFile& operator=(const StreamedFile&) = delete;

  // Opens the file of that name, as the C library knows it, and the model in it. Called once. Errors: kReadFailed
  // (subject "file": there is none; "card": it did not bring what was asked for); those of Model::open_tables;
  // kTruncated (the file is shorter than the model in it); kOutOfMemory (its tables).
  Status open(const char* path, Model* model);

  const WeightReader& reader() const { return reader_; }
  uint64_t bytes() const { return bytes_; }
  // Memory of a region that the tables lie in.
  size_t bytes(Region region) const { return region == region_ ? tables_.size() : 0; }

 private:
  struct Piece {
    StreamedFile* file = nullptr;
    uint64_t offset = 0;
    std::span<std::byte> out;
    size_t done = 0;
    esp_idf::CardJob job;
  };
  static constexpr size_t kWhole = 2;  // the piece of read(), behind those of begin()

  Status begin(size_t piece, uint64_t offset, std::span<std::byte> out);
  Status wait(size_t piece);
  Status read(uint64_t offset, std::span<std::byte> out);
  Status read_tables(Model* model);
  Status allocate_tables(size_t bytes);
  size_t read_at(uint64_t offset, std::span<std::byte> out);  // in the task

  const char* path_ = nullptr;
  int descriptor_ = -1;  // of the task's, once it is open; -1: to be opened anew, since cards come back
  uint64_t bytes_ = 0;
  std::span<std::byte> tables_;
  Region region_ = Region::kFast;
  std::array<Piece, kWhole + 1> pieces_;
  WeightReader reader_;
};

}  // namespace thimble::arduino
