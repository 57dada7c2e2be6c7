#pragma once

#include <stdint.h>

#include "sdkconfig.h"

typedef int BaseType_t;
typedef unsigned UBaseType_t;
typedef uint32_t TickType_t;
typedef uint8_t StackType_t;
typedef struct FakeTask* TaskHandle_t;
typedef void (*TaskFunction_t)(void*);

#define pdTRUE 1
#define pdPASS 1
#define pdFAIL 0
#define portMAX_DELAY 0xffffffffu
#define tskNO_AFFINITY 0x7fffffff
#define pdMS_TO_TICKS(ms) ((TickType_t)(ms))
#if defined(CONFIG_IDF_TARGET_ESP32C3)
#define portNUM_PROCESSORS 1
#else
#define portNUM_PROCESSORS 2
#endif

BaseType_t xPortGetCoreID(void);
