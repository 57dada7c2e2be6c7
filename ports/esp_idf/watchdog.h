// The task watchdog, which restarts or warns when a task that it watches, or the idle task of a core, is not heard of
// for CONFIG_ESP_TASK_WDT_TIMEOUT_S.
#pragma once

#include <cstdint>

namespace thimble::esp_idf {

// The calling task is watched from now on, and must feed the watchdog, until it says otherwise: a task that ends must.
void watch_this_task();
void unwatch_this_task();

// Says that the calling task lives, if it is watched.
void feed_watchdog();

// How long a program may go without feeding: a quarter of the time that the watchdog waits.
extern const int64_t kFeedEveryMicroseconds;

}  // namespace thimble::esp_idf
