// A model that is no part of the program: in a flash partition, or in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/memory.h"
#include "thimble/status.h"

namespace thimble::arduino {

// Owns what the bytes of the model lie in; gives it back when it ends. Either function is called once.
class StoredModel {
 public:
  StoredModel() = default;
  ~StoredModel();
  StoredModel(const StoredModel&) = delete;
  StoredModel& operator=(const StoredModel&) = delete;

  // Maps the model at the start of the partition of that name, and no more than the model, since an ESP32 has 4 MB of
  // addresses for all that is mapped. Errors: kReadFailed (subject "partition": there is none of that name; "mapping";
  // "flash"); those of Model::image_bytes; kTruncated (the model is longer than the partition).
  Status map_partition(const char* label);

  // Reads the file of that name, as the C library knows it. Errors: kReadFailed (subject "file": there is none;
  // "reading"); those of Model::image_bytes; kTruncated (the file is shorter than the model in it); kOutOfMemory.
  Status read_file(const char* path);

  std::span<const std::byte> image() const { return image_; }
  uint32_t address() const { return address_; }  // in flash, of the partition
  // Memory of a region that a file was read into.
  size_t bytes(Region region) const { return file_ != nullptr && region == region_ ? image_.size() : 0; }

 private:
  std::span<const std::byte> image_;
  void* file_ = nullptr;  // the block that a file was read into
  Region region_ = Region::kFast;
  uint32_t address_ = 0;
  uint32_t mapping_ = 0;  // handle of a partition
  bool mapped_ = false;
};

}  // namespace thimble::arduino
