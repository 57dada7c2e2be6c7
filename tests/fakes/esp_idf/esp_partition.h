#pragma once

#include <cstddef>
#include <cstdint>

#include "esp_err.h"

enum esp_partition_type_t {
  ESP_PARTITION_TYPE_APP = 0x00,
  ESP_PARTITION_TYPE_DATA = 0x01,
  ESP_PARTITION_TYPE_ANY = 0xff
};
enum esp_partition_subtype_t {
  ESP_PARTITION_SUBTYPE_APP_OTA_0 = 0x10,
  ESP_PARTITION_SUBTYPE_APP_OTA_1 = 0x11,
  ESP_PARTITION_SUBTYPE_ANY = 0xff
};
enum esp_partition_mmap_memory_t { ESP_PARTITION_MMAP_DATA, ESP_PARTITION_MMAP_INST };
using esp_partition_mmap_handle_t = uint32_t;

struct esp_partition_t {
  uint32_t address;
  uint32_t size;
  char label[17];
};

const esp_partition_t* esp_partition_find_first(esp_partition_type_t type, esp_partition_subtype_t subtype,
                                                const char* label);
esp_err_t esp_partition_read(const esp_partition_t* partition, size_t offset, void* out, size_t size);
esp_err_t esp_partition_write(const esp_partition_t* partition, size_t offset, const void* bytes, size_t size);
esp_err_t esp_partition_erase_range(const esp_partition_t* partition, size_t offset, size_t size);
esp_err_t esp_partition_mmap(const esp_partition_t* partition, size_t offset, size_t size,
                             esp_partition_mmap_memory_t memory, const void** out, esp_partition_mmap_handle_t* handle);
void esp_partition_munmap(esp_partition_mmap_handle_t handle);
