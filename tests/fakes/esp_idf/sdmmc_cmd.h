#pragma once

#include <cstddef>
#include <cstdint>

#include "esp_err.h"

inline constexpr int SDMMC_FREQ_DEFAULT = 20000;

struct sdmmc_host_t {
  int slot;
  int max_freq_khz;
  int command_timeout_ms;
};

struct sdmmc_csd_t {
  int capacity;     // in sectors
  int sector_size;  // in bytes
};

struct sdmmc_card_t {
  sdmmc_host_t host;
  sdmmc_csd_t csd;
};

esp_err_t sdmmc_read_sectors(sdmmc_card_t* card, void* dst, size_t start_sector, size_t sector_count);
esp_err_t sdmmc_get_status(sdmmc_card_t* card);
