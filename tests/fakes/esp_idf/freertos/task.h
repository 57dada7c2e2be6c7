#pragma once

#include "freertos/FreeRTOS.h"

struct tskTaskControlBlock;
using TaskHandle_t = tskTaskControlBlock*;
using TaskFunction_t = void (*)(void*);
struct StaticTask_t {
  char place[344];
};

inline constexpr BaseType_t tskNO_AFFINITY = 0x7fffffff;

BaseType_t xTaskCreatePinnedToCore(TaskFunction_t code, const char* name, uint32_t stack_bytes, void* argument,
                                   UBaseType_t priority, TaskHandle_t* task, BaseType_t core);
TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t code, const char* name, uint32_t stack_bytes, void* argument,
                                           UBaseType_t priority, StackType_t* stack, StaticTask_t* state,
                                           BaseType_t core);
void vTaskDelete(TaskHandle_t task);  // null: the caller
void vTaskDelay(TickType_t ticks);
UBaseType_t uxTaskPriorityGet(TaskHandle_t task);  // null: the caller
TaskHandle_t xTaskGetCurrentTaskHandle();
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task);  // null: the caller
BaseType_t xTaskNotifyGive(TaskHandle_t task);
uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks);
