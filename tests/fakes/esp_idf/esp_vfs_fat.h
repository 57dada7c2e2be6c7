#pragma once

#include "driver/sdmmc_host.h"
#include "driver/sdspi_host.h"

struct esp_vfs_fat_mount_config_t {
  bool format_if_mount_failed;
  int max_files;
  size_t allocation_unit_size;
};

esp_err_t esp_vfs_fat_sdmmc_mount(const char* base_path, const sdmmc_host_t* host, const void* slot,
                                  const esp_vfs_fat_mount_config_t* config, sdmmc_card_t** card);
esp_err_t esp_vfs_fat_sdspi_mount(const char* base_path, const sdmmc_host_t* host, const sdspi_device_config_t* device,
                                  const esp_vfs_fat_mount_config_t* config, sdmmc_card_t** card);
esp_err_t esp_vfs_fat_sdcard_unmount(const char* base_path, sdmmc_card_t* card);
