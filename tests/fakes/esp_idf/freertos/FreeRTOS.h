#pragma once

#include <cstdint>

#include "sdkconfig.h"

using BaseType_t = int;
using UBaseType_t = unsigned int;
using TickType_t = uint32_t;
using StackType_t = uint8_t;  // IDF counts stacks in bytes

inline constexpr BaseType_t pdFALSE = 0;
inline constexpr BaseType_t pdTRUE = 1;
inline constexpr BaseType_t pdPASS = 1;
inline constexpr BaseType_t errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY = -1;
inline constexpr TickType_t portMAX_DELAY = 0xffffffff;
inline constexpr uint32_t configTICK_RATE_HZ = 100;
inline constexpr UBaseType_t configMAX_PRIORITIES = 25;
inline constexpr uint32_t configMINIMAL_STACK_SIZE = 768;
#if CONFIG_FREERTOS_UNICORE
inline constexpr BaseType_t portNUM_PROCESSORS = 1;
#else
inline constexpr BaseType_t portNUM_PROCESSORS = 2;
#endif

constexpr TickType_t pdMS_TO_TICKS(uint32_t milliseconds) { return milliseconds * configTICK_RATE_HZ / 1000; }

BaseType_t xPortGetCoreID();
