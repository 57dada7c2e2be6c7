// Time and turns on the chip, as ports/port.h asks for them.

#include <esp_task_wdt.h>
#include <esp_timer.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>

#include "ports/port.h"

namespace thimble::port {

uint64_t ticks() { return static_cast<uint64_t>(esp_timer_get_time()); }
uint64_t ticks_per_second() { return 1000000; }

// The core's idle task, which the watchdog listens to for 5 s, runs only while this one sleeps. A sleep takes up to a
// millisecond: ten in a second cost a hundredth.
void yield() {
  constexpr uint64_t kBetweenSleeps = 100000;
  static uint64_t slept = 0;
  if (ticks() - slept < kBetweenSleeps) return;
  if (esp_task_wdt_status(nullptr) == ESP_OK) esp_task_wdt_reset();  // it listens to this one after enableLoopWDT()
  vTaskDelay(1);
  slept = ticks();
}

}  // namespace thimble::port
