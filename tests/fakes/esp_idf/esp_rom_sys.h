#pragma once

#include <cstdint>

uint32_t esp_rom_get_cpu_ticks_per_us();
