#pragma once

#include <cstdint>

enum esp_chip_model_t {
  CHIP_ESP32 = 1,
  CHIP_ESP32S2 = 2,
  CHIP_ESP32C3 = 5,
  CHIP_ESP32S3 = 9,
  CHIP_ESP32C6 = 13,
  CHIP_ESP32P4 = 18,
};

struct esp_chip_info_t {
  esp_chip_model_t model;
  uint32_t features;
  uint16_t revision;
  uint8_t cores;
};

void esp_chip_info(esp_chip_info_t* out);
