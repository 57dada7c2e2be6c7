// Partitions of the flash: found, mapped, erased, written.

#include "esp_partition.h"
#include "ports/flash_writer.h"

namespace thimble::port {
namespace {

const esp_partition_t* of(const FlashPartition& partition) {
  return reinterpret_cast<const esp_partition_t*>(partition.handle);
}

Status written(esp_err_t error) { return error == ESP_OK ? Status() : Status::error(Code::kReadFailed, "flash"); }

}  // namespace

Result<FlashPartition> find_flash(const char* label) {
  const esp_partition_t* partition = esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, label);
  if (partition == nullptr) return Status::error(Code::kReadFailed, "partition");
  return FlashPartition{partition->size, reinterpret_cast<intptr_t>(partition)};
}

// A mapping starts on a multiple of a sector, 4 KiB, as partitions do.
Status map_flash(const FlashPartition& partition, uint64_t bytes, FlashMapping* mapping) {
  const void* start = nullptr;
  const auto size = static_cast<size_t>(bytes);
  const esp_err_t error = esp_partition_mmap(of(partition), 0, size, ESP_PARTITION_MMAP_DATA, &start, &mapping->handle);
  if (error != ESP_OK) return Status::error(Code::kOutOfMemory, "window of the flash");
  mapping->bytes = {static_cast<const std::byte*>(start), size};
  return {};
}

void unmap_flash(FlashMapping* mapping) {
  if (!mapping->bytes.empty()) esp_partition_munmap(mapping->handle);
  *mapping = {};
}

Status erase_flash(const FlashPartition& partition, uint64_t offset, uint64_t bytes) {
  return written(esp_partition_erase_range(of(partition), static_cast<size_t>(offset), static_cast<size_t>(bytes)));
}

Status write_flash(const FlashPartition& partition, uint64_t offset, std::span<const std::byte> bytes) {
  return written(esp_partition_write(of(partition), static_cast<size_t>(offset), bytes.data(), bytes.size()));
}

}  // namespace thimble::port
