// A .thm file that is not loaded: its tables in memory, its pieces and weights read as they are needed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "ports/port.h"
#include "thimble/model.h"
#include "thimble/weight_reader.h"
#include "tools/convert/image_bytes.h"

namespace thimble::cli {

// Stays in place while an engine reads through it.
class StreamedFile {
 public:
  // Reads the tables. Throws Failure, or UsageError for a file of another format.
  explicit StreamedFile(const std::string& path);
  ~StreamedFile();
  StreamedFile(const StreamedFile&) = delete;
  StreamedFile& operator=(const StreamedFile&) = delete;

  std::span<const std::byte> tables() const { return tables_.span(); }
  uint64_t bytes() const { return storage_.bytes; }
  WeightReader reader();
  double waited_seconds() const { return waited_seconds_; }  // for reads that had not ended when they were needed

 private:
  static Status read(void* self, uint64_t offset, std::span<std::byte> out);
  static Status begin(void* self, uint32_t slot, uint64_t offset, std::span<std::byte> out);
  static Status wait(void* self, uint32_t slot);

  port::Storage storage_;
  std::array<port::Read, 2> reads_;
  tools::ImageBytes tables_;
  double waited_seconds_ = 0;
};

}  // namespace thimble::cli
