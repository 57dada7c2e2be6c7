#pragma once

#include "esp_err.h"

enum spi_host_device_t { SPI1_HOST, SPI2_HOST, SPI3_HOST };
enum spi_dma_chan_t { SPI_DMA_DISABLED = 0, SPI_DMA_CH_AUTO = 3 };

struct spi_bus_config_t {
  int mosi_io_num;
  int miso_io_num;
  int sclk_io_num;
  int quadwp_io_num;
  int quadhd_io_num;
};

esp_err_t spi_bus_initialize(spi_host_device_t host, const spi_bus_config_t* config, spi_dma_chan_t dma);
esp_err_t spi_bus_free(spi_host_device_t host);
