#pragma once

#include "esp_err.h"
#include "freertos/task.h"

esp_err_t esp_task_wdt_add(TaskHandle_t task);     // null: the caller
esp_err_t esp_task_wdt_delete(TaskHandle_t task);  // null: the caller
esp_err_t esp_task_wdt_status(TaskHandle_t task);  // ESP_ERR_NOT_FOUND: not watched
esp_err_t esp_task_wdt_reset();                    // the caller must be watched
