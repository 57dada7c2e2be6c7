#pragma once

#include "driver/gpio.h"
#include "driver/spi_common.h"
#include "sdmmc_cmd.h"

inline constexpr spi_host_device_t SDSPI_DEFAULT_HOST = SPI2_HOST;
inline constexpr spi_dma_chan_t SDSPI_DEFAULT_DMA = SPI_DMA_CH_AUTO;

struct sdspi_device_config_t {
  spi_host_device_t host_id;
  gpio_num_t gpio_cs;
};

#define SDSPI_HOST_DEFAULT() \
  { .slot = SDSPI_DEFAULT_HOST, .max_freq_khz = SDMMC_FREQ_DEFAULT, .command_timeout_ms = 0 }
#define SDSPI_DEVICE_CONFIG_DEFAULT() \
  { .host_id = SDSPI_DEFAULT_HOST, .gpio_cs = GPIO_NUM_13 }
