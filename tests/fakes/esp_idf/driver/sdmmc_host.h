#pragma once

#include "driver/gpio.h"
#include "sdmmc_cmd.h"

inline constexpr int SDMMC_HOST_SLOT_1 = 1;
inline constexpr uint32_t SDMMC_SLOT_FLAG_INTERNAL_PULLUP = 1;

struct sdmmc_slot_config_t {
  gpio_num_t clk, cmd, d0, d1, d2, d3;
  uint8_t width;
  uint32_t flags;
};

#define SDMMC_HOST_DEFAULT() \
  { .slot = SDMMC_HOST_SLOT_1, .max_freq_khz = SDMMC_FREQ_DEFAULT, .command_timeout_ms = 0 }
#define SDMMC_SLOT_CONFIG_DEFAULT()                                                                                   \
  {                                                                                                                   \
    .clk = GPIO_NUM_14, .cmd = GPIO_NUM_15, .d0 = GPIO_NUM_2, .d1 = GPIO_NUM_4, .d2 = GPIO_NUM_12, .d3 = GPIO_NUM_13, \
    .width = 0, .flags = 0                                                                                            \
  }
