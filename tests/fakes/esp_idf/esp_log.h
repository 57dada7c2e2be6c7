#pragma once

enum esp_log_level_t { ESP_LOG_NONE, ESP_LOG_ERROR, ESP_LOG_WARN, ESP_LOG_INFO, ESP_LOG_DEBUG, ESP_LOG_VERBOSE };

[[gnu::format(printf, 3, 4)]] void esp_log_write(esp_log_level_t level, const char* tag, const char* format, ...);
