#pragma once

#include <cstdint>

#include "esp_err.h"

int64_t esp_timer_get_time();

struct esp_timer;
using esp_timer_handle_t = esp_timer*;
struct esp_timer_create_args_t {
  void (*callback)(void* argument);
  void* arg;
  const char* name;
};
esp_err_t esp_timer_create(const esp_timer_create_args_t* arguments, esp_timer_handle_t* timer);
esp_err_t esp_timer_start_periodic(esp_timer_handle_t timer, uint64_t microseconds);
