#pragma once

#include <cstddef>

#include "esp_err.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"

enum uart_port_t { UART_NUM_0, UART_NUM_1 };

bool uart_is_driver_installed(uart_port_t port);
esp_err_t uart_driver_install(uart_port_t port, int rx_bytes, int tx_bytes, int queue_size, QueueHandle_t* queue,
                              int interrupt_flags);
int uart_read_bytes(uart_port_t port, void* out, uint32_t length, TickType_t ticks);
int uart_write_bytes(uart_port_t port, const void* bytes, size_t length);
