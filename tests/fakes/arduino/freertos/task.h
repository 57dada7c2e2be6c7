#pragma once

#include "freertos/FreeRTOS.h"

BaseType_t xTaskCreatePinnedToCore(TaskFunction_t code, const char* name, uint32_t stack_bytes, void* parameters,
                                   UBaseType_t priority, TaskHandle_t* created, BaseType_t core);
typedef struct {
  char place[344];
} StaticTask_t;
TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t code, const char* name, uint32_t stack_bytes,
                                           void* parameters, UBaseType_t priority, StackType_t* stack,
                                           StaticTask_t* state, BaseType_t core);
void vTaskDelete(TaskHandle_t task);
void vTaskDelay(TickType_t ticks);
UBaseType_t uxTaskPriorityGet(TaskHandle_t task);
TaskHandle_t xTaskGetCurrentTaskHandle(void);
uint32_t ulTaskNotifyTake(BaseType_t clear_on_exit, TickType_t ticks_to_wait);
BaseType_t xTaskNotifyGive(TaskHandle_t task);
