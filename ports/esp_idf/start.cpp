// From IDF's main task to thimble_main(), on a stack that menuconfig sizes. Built where CONFIG_THIMBLE_START says that
// the program has a thimble_main() and no app_main() of its own.

#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "ports/esp_idf/watchdog.h"
#include "ports/line.h"
#include "sdkconfig.h"

namespace {

using namespace thimble;

// That of IDF's main task: above the idle task alone, so that drivers and radio come first.
constexpr UBaseType_t kPriority = 1;

// Core 0; workers take the others.
constexpr BaseType_t kCore = 0;

void run_program(void*) {
  esp_idf::watch_this_task();
  const int code = thimble_main({});
  port::yield();  // what waits to be printed
  if (code != 0) port::log_line("the program ended with code ", static_cast<uint64_t>(code));
  esp_idf::unwatch_this_task();
  vTaskDelete(nullptr);
}

}  // namespace

extern "C" void app_main();  // which IDF calls without declaring it

void app_main() {
  const BaseType_t created = xTaskCreatePinnedToCore(run_program, "thimble_main", CONFIG_THIMBLE_TASK_STACK, nullptr,
                                                     kPriority, nullptr, kCore);
  if (created != pdPASS)
    port::log_line("no memory for the program's task; lower the stack under Thimble in menuconfig");
}
