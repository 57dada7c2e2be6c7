#pragma once

#include <cstdint>

#include "esp_err.h"

enum gpio_num_t : int {
  GPIO_NUM_NC = -1,
  GPIO_NUM_0 = 0,
  GPIO_NUM_2 = 2,
  GPIO_NUM_4 = 4,
  GPIO_NUM_9 = 9,
  GPIO_NUM_12 = 12,
  GPIO_NUM_13 = 13,
  GPIO_NUM_14 = 14,
  GPIO_NUM_15 = 15
};
enum gpio_mode_t { GPIO_MODE_DISABLE, GPIO_MODE_INPUT };
enum gpio_pullup_t { GPIO_PULLUP_DISABLE, GPIO_PULLUP_ENABLE };
enum gpio_pulldown_t { GPIO_PULLDOWN_DISABLE, GPIO_PULLDOWN_ENABLE };
enum gpio_int_type_t { GPIO_INTR_DISABLE, GPIO_INTR_POSEDGE, GPIO_INTR_NEGEDGE };

struct gpio_config_t {
  uint64_t pin_bit_mask;
  gpio_mode_t mode;
  gpio_pullup_t pull_up_en;
  gpio_pulldown_t pull_down_en;
  gpio_int_type_t intr_type;
};
using gpio_isr_t = void (*)(void*);

esp_err_t gpio_config(const gpio_config_t* config);
int gpio_get_level(gpio_num_t pin);
esp_err_t gpio_install_isr_service(int interrupt_flags);
esp_err_t gpio_isr_handler_add(gpio_num_t pin, gpio_isr_t handler, void* argument);
