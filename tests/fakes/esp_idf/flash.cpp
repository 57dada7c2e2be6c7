// Partitions in memory.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <set>

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
bool failing_writes = false;
bool refusing = false;
std::set<uint32_t> mapped;  // handles
uint32_t handles = 0;

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
void fail_partition_writes(bool fail) { failing_writes = fail; }
size_t mappings() { return mapped.size(); }

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
  *handle = ++handles;
  mapped.insert(handles);
  return ESP_OK;
}

void esp_partition_munmap(esp_partition_mmap_handle_t handle) {
  fakes::expect_task("esp_partition_munmap");
  fakes::expect(mapped.erase(handle) == 1, "esp_partition_munmap", "no such mapping");
}

esp_err_t esp_partition_erase_range(const esp_partition_t* partition, size_t offset, size_t size) {
  const Partition& in = find(partition, "esp_partition_erase_range");
  const esp_err_t error = check_range(partition, offset, size);
  if (error != ESP_OK) return error;
  if (offset % kSectorBytes != 0) return ESP_ERR_INVALID_ARG;
  if (size % kSectorBytes != 0) return ESP_ERR_INVALID_SIZE;
  if (failing_writes) return ESP_FAIL;
  std::memset(in.bytes + offset, 0xff, size);
  return ESP_OK;
}

esp_err_t esp_partition_write(const esp_partition_t* partition, size_t offset, const void* bytes, size_t size) {
  const Partition& to = find(partition, "esp_partition_write");
  fakes::expect(bytes != nullptr, "esp_partition_write", "nothing to write");
  const esp_err_t error = check_range(partition, offset, size);
  if (error != ESP_OK) return error;
  if (failing_writes) return ESP_FAIL;
  const auto* from = static_cast<const std::byte*>(bytes);
  for (size_t i = 0; i < size; ++i) {
    fakes::expect(to.bytes[offset + i] == std::byte{0xff}, "esp_partition_write", "not erased before");
    to.bytes[offset + i] = from[i];
  }
  return ESP_OK;
}
