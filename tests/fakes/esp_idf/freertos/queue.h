#pragma once

#include "freertos/FreeRTOS.h"

struct QueueDefinition;
using QueueHandle_t = QueueDefinition*;
struct StaticQueue_t {
  char place[84];
};

QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_bytes, uint8_t* places, StaticQueue_t* state);
BaseType_t xQueueSend(QueueHandle_t queue, const void* item, TickType_t ticks);
BaseType_t xQueueReceive(QueueHandle_t queue, void* item, TickType_t ticks);
