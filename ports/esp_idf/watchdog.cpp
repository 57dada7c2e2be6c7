#include "ports/esp_idf/watchdog.h"

#include "esp_task_wdt.h"
#include "sdkconfig.h"

namespace thimble::esp_idf {

#if CONFIG_ESP_TASK_WDT_INIT

const int64_t kFeedEveryMicroseconds = int64_t{CONFIG_ESP_TASK_WDT_TIMEOUT_S} * 1'000'000 / 4;

void watch_this_task() { (void)esp_task_wdt_add(nullptr); }

void unwatch_this_task() { (void)esp_task_wdt_delete(nullptr); }

// A task that is not watched may call this, too: esp_task_wdt_reset() alone would log an error each time.
void feed_watchdog() {
  if (esp_task_wdt_status(nullptr) == ESP_OK) (void)esp_task_wdt_reset();
}

#else  // nobody watches; the idle task still has work, such as the memory of tasks that ended

const int64_t kFeedEveryMicroseconds = 1'000'000;
void watch_this_task() {}
void unwatch_this_task() {}
void feed_watchdog() {}

#endif

}  // namespace thimble::esp_idf
