#include <cstdio>

#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "ports/esp_idf/watchdog.h"
#include "ports/port.h"

namespace thimble::port {

uint64_t ticks() { return static_cast<uint64_t>(esp_timer_get_time()); }

uint64_t ticks_per_second() { return 1'000'000; }

// Tasks of a higher priority need no help, and those of the same get their slices from the scheduler's tick. The idle
// task runs when nobody else does, and its watchdog with it: it gets one tick, some milliseconds, no more often than
// that watchdog needs.
void yield() {
  static int64_t last = INT64_MIN / 2;
  std::fflush(stdout);
  const int64_t now = esp_timer_get_time();
  if (now - last < esp_idf::kFeedEveryMicroseconds) return;
  last = now;
  esp_idf::feed_watchdog();
  vTaskDelay(1);
}

}  // namespace thimble::port
