// A model whose tables are in memory, and whose pieces and weights are read from a file of the host as they are needed.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/emu/model_source.h"
#include "ports/port.h"
#include "thimble/model.h"
#include "thimble/weight_reader.h"

namespace thimble::emu {

// Stays in place while an engine reads through it.
class StreamedModel {
 public:
  // Reads the tables into `memory`. Errors: kReadFailed, kOutOfMemory; those of Model::open_tables.
  Status open(const char* path, FreeMemory* memory, Model* model);
  uint64_t bytes() const { return storage_.bytes; }
  size_t table_bytes() const { return tables_.size(); }
  WeightReader reader() { return {read, this, begin, wait}; }

 private:
  static Status read(void* self, uint64_t offset, std::span<std::byte> out);
  static Status begin(void* self, uint32_t slot, uint64_t offset, std::span<std::byte> out);
  static Status wait(void* self, uint32_t slot);

  port::Storage storage_;
  std::span<const std::byte> tables_;
  std::array<port::Read, 2> reads_;
};

}  // namespace thimble::emu
