#pragma once

#include <cstdint>

#include "esp_err.h"

using esp_event_base_t = const char*;
using esp_event_handler_t = void (*)(void* argument, esp_event_base_t base, int32_t id, void* data);

inline constexpr int32_t ESP_EVENT_ANY_ID = -1;

esp_err_t esp_event_loop_create_default();
esp_err_t esp_event_handler_register(esp_event_base_t base, int32_t id, esp_event_handler_t handler, void* argument);
