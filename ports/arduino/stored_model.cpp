#include "ports/arduino/stored_model.h"

#include <esp_partition.h>

#include <cstdio>
#include <memory>

#include "ports/arduino/heap.h"
#include "thimble/model.h"

namespace thimble::arduino {
namespace {

constexpr size_t kHeaderBytes = 128;  // what Model::image_bytes() needs

// The length that the header states, when `most` bytes hold it.
Result<uint64_t> length_of(std::span<const std::byte> header, uint64_t most) {
  const Result<uint64_t> bytes = Model::image_bytes(header);
  if (bytes.ok() && *bytes > most) return Status::error(Code::kTruncated, "model").got(most, *bytes);
  return bytes;
}

struct CloseFile {
  void operator()(FILE* file) const { fclose(file); }
};
using File = std::unique_ptr<FILE, CloseFile>;

long length_of(FILE* file) {
  const long bytes = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
  return fseek(file, 0, SEEK_SET) == 0 ? bytes : -1;
}

bool read_all(FILE* file, std::span<std::byte> out) { return fread(out.data(), 1, out.size(), file) == out.size(); }

}  // namespace

StoredModel::~StoredModel() {
  if (mapped_) esp_partition_munmap(mapping_);
  release(file_);
}

Status StoredModel::map_partition(const char* label) {
  const esp_partition_t* const partition =
      esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, label);
  if (partition == nullptr) return Status::error(Code::kReadFailed, "partition");
  address_ = partition->address;

  std::byte header[kHeaderBytes];
  if (esp_partition_read(partition, 0, header, sizeof(header)) != ESP_OK) {
    return Status::error(Code::kReadFailed, "flash");
  }
  const Result<uint64_t> bytes = length_of(header, partition->size);
  if (!bytes.ok()) return bytes.status();

  const void* data = nullptr;
  mapped_ = esp_partition_mmap(partition, 0, static_cast<size_t>(*bytes), ESP_PARTITION_MMAP_DATA, &data, &mapping_) ==
            ESP_OK;
  if (!mapped_) return Status::error(Code::kReadFailed, "mapping");
  image_ = {static_cast<const std::byte*>(data), static_cast<size_t>(*bytes)};
  return {};
}

Status StoredModel::read_file(const char* path) {
  const File file(fopen(path, "rb"));
  const long there = file != nullptr ? length_of(file.get()) : -1;
  if (there < 0) return Status::error(Code::kReadFailed, "file");

  alignas(16) std::byte header[kHeaderBytes] = {};
  if (static_cast<size_t>(there) < sizeof(header)) {
    return Status::error(Code::kTruncated, "model").got(static_cast<size_t>(there), sizeof(header));
  }
  if (!read_all(file.get(), header)) return Status::error(Code::kReadFailed, "reading");
  const Result<uint64_t> length = length_of(header, static_cast<uint64_t>(there));
  if (!length.ok()) return length.status();

  const auto bytes = static_cast<size_t>(*length);
  for (const Region region : {Region::kBulk, Region::kFast}) {
    file_ = allocate(region, bytes);
    region_ = region;
    if (file_ != nullptr) break;
  }
  if (file_ == nullptr) return Status::error(Code::kOutOfMemory, "file").got(largest_piece(Region::kFast), bytes);
  const std::span<std::byte> image{static_cast<std::byte*>(file_), bytes};
  if (fseek(file.get(), 0, SEEK_SET) != 0 || !read_all(file.get(), image)) {
    return Status::error(Code::kReadFailed, "reading");
  }
  image_ = image;
  return {};
}

}  // namespace thimble::arduino
