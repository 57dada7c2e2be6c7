#pragma once

#include <cstddef>

#include "esp_err.h"
#include "freertos/FreeRTOS.h"

struct usb_serial_jtag_driver_config_t {
  uint32_t tx_buffer_size;
  uint32_t rx_buffer_size;
};

bool usb_serial_jtag_is_driver_installed();
esp_err_t usb_serial_jtag_driver_install(usb_serial_jtag_driver_config_t* config);
int usb_serial_jtag_read_bytes(void* out, uint32_t length, TickType_t ticks);
int usb_serial_jtag_write_bytes(const void* bytes, size_t length, TickType_t ticks);
