#pragma once

#include <cstdint>

#include "esp_err.h"

struct esp_flash_t;

esp_err_t esp_flash_get_size(esp_flash_t* chip, uint32_t* bytes);           // null: the main one
esp_err_t esp_flash_get_physical_size(esp_flash_t* chip, uint32_t* bytes);  // null: the main one
