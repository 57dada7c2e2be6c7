// Partitions in memory.

#include <cstdlib>
#include <cstring>
#include <deque>

#include "esp_partition.h"
#include "fakes.h"

namespace {

constexpr size_t kSectorBytes = 4096;

struct Partition {
  esp_partition_t description = {};
  std::byte* bytes = nullptr;  // on a multiple of a sector
};

std::deque<Partition> partitions;
bool failing = false;
bool refusing = false;
uint32_t mapped = 0;

const Partition& find(const esp_partition_t* partition, const char* call) {
  fakes::expect_task(call);
  for (const Partition& each : partitions) {
    if (&each.description == partition) return each;
  }
  fakes::expect(false, call, "not a partition that esp_partition_find_first gave");
  std::abort();
}

esp_err_t check_range(const esp_partition_t* partition, size_t offset, size_t size) {
  if (offset > partition->size) return ESP_ERR_INVALID_ARG;
  return size > partition->size - offset ? ESP_ERR_INVALID_SIZE : ESP_OK;
}

}  // namespace

namespace fakes {

void add_partition(const char* label, std::vector<std::byte> bytes) {
  const size_t size = (bytes.size() + kSectorBytes - 1) / kSectorBytes * kSectorBytes;
  Partition& made = partitions.emplace_back();
  made.description.address = 0x110000;
  made.description.size = static_cast<uint32_t>(size);
  std::strncpy(made.description.label, label, sizeof made.description.label - 1);
  made.bytes = static_cast<std::byte*>(std::aligned_alloc(kSectorBytes, size));
  std::memset(made.bytes, 0xff, size);  // erased
  std::memcpy(made.bytes, bytes.data(), bytes.size());
}

void fail_partition_reads(bool fail) { failing = fail; }
void refuse_mappings() { refusing = true; }
uint32_t mappings() { return mapped; }

}  // namespace fakes

const esp_partition_t* esp_partition_find_first(esp_partition_type_t, esp_partition_subtype_t, const char* label) {
  fakes::expect_task("esp_partition_find_first");
  for (const Partition& each : partitions) {
    if (label == nullptr || std::strcmp(each.description.label, label) == 0) return &each.description;
  }
  return nullptr;
}

esp_err_t esp_partition_read(const esp_partition_t* partition, size_t offset, void* out, size_t size) {
  const Partition& from = find(partition, "esp_partition_read");
  fakes::expect(out != nullptr, "esp_partition_read", "nowhere to read to");
  const esp_err_t error = check_range(partition, offset, size);
  if (error != ESP_OK) return error;
  if (failing) return ESP_FAIL;
  std::memcpy(out, from.bytes + offset, size);
  return ESP_OK;
}

esp_err_t esp_partition_mmap(const esp_partition_t* partition, size_t offset, size_t size, esp_partition_mmap_memory_t,
                             const void** out, esp_partition_mmap_handle_t* handle) {
  const Partition& from = find(partition, "esp_partition_mmap");
  fakes::expect(out != nullptr && handle != nullptr, "esp_partition_mmap", "nowhere to write the mapping to");
  const esp_err_t error = check_range(partition, offset, size);
  if (error != ESP_OK) return error;
  if (refusing) return ESP_ERR_NO_MEM;
  *out = from.bytes + offset;
  *handle = ++mapped;
  return ESP_OK;
}
