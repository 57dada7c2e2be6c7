// Partitions in place.

#include <array>

#include "esp_partition.h"
#include "ports/board.h"

namespace thimble::port {
namespace {

struct Mapping {
  const esp_partition_t* partition = nullptr;
  std::span<const std::byte> bytes;
};

// A program maps a model or two; the window of an ESP32 has no room for more.
std::array<Mapping, 4> mappings;
size_t mapping_count = 0;

}  // namespace

// A mapping starts on a multiple of a sector, 4 KiB, as partitions do.
std::span<const std::byte> map_partition(const char* label) {
  const esp_partition_t* partition = esp_partition_find_first(ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, label);
  if (partition == nullptr) return {};
  for (size_t i = 0; i < mapping_count; ++i) {
    if (mappings[i].partition == partition) return mappings[i].bytes;
  }
  if (mapping_count == mappings.size()) return {};
  const void* bytes = nullptr;
  esp_partition_mmap_handle_t handle = 0;  // for unmapping, which nobody does
  if (esp_partition_mmap(partition, 0, partition->size, ESP_PARTITION_MMAP_DATA, &bytes, &handle) != ESP_OK) return {};
  mappings[mapping_count] = {partition, {static_cast<const std::byte*>(bytes), partition->size}};
  return mappings[mapping_count++].bytes;
}

}  // namespace thimble::port
