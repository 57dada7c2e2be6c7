#pragma once

#include "freertos/FreeRTOS.h"

typedef struct FakeQueue* QueueHandle_t;
typedef struct {
  char place[84];
} StaticQueue_t;

QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_bytes, uint8_t* places, StaticQueue_t* state);
BaseType_t xQueueSend(QueueHandle_t queue, const void* item, TickType_t ticks_to_wait);
BaseType_t xQueueReceive(QueueHandle_t queue, void* item, TickType_t ticks_to_wait);
