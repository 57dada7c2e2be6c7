// A fake that cannot refuse proves nothing: each precondition is broken once.

#include "driver/gpio.h"
#include "driver/uart.h"
#include "esp_heap_caps.h"
#include "esp_partition.h"
#include "esp_task_wdt.h"
#include "freertos/task.h"
#include "port_test.h"

namespace {

constexpr uint32_t kInternal = MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT | MALLOC_CAP_DMA;

void press_for(gpio_isr_t handler) {
  gpio_config_t config = {};
  config.pin_bit_mask = 1;
  config.intr_type = GPIO_INTR_NEGEDGE;
  gpio_config(&config);
  gpio_install_isr_service(0);
  gpio_isr_handler_add(GPIO_NUM_0, handler, nullptr);
  fakes::press_button();
}

void run_in_task(TaskFunction_t code, BaseType_t core = 0, uint32_t stack = 4096) {
  fakes::add_usual_memory();
  xTaskCreatePinnedToCore(code, "a task", stack, nullptr, 1, nullptr, core);
  fakes::await_tasks();
}

PORT_TEST(FakesDeathTest, Heap) {
  fakes::add_heap(kInternal, 4096);
  void* block = heap_caps_aligned_alloc(64, 100, kInternal);
  heap_caps_free(block);
  EXPECT_DEATH(heap_caps_free(block), "heap_caps_free: a block given back twice");
  int elsewhere = 0;
  EXPECT_DEATH(heap_caps_free(&elsewhere), "heap_caps_free: not a block of any heap");
  EXPECT_DEATH(heap_caps_aligned_alloc(48, 100, kInternal), "not a power of two");
  EXPECT_DEATH(press_for([](void*) { heap_caps_free(heap_caps_aligned_alloc(64, 1, kInternal)); }),
               "called from an interrupt");
}

PORT_TEST(FakesDeathTest, Tasks) {
  EXPECT_DEATH(run_in_task([](void*) {}), "a task returned without vTaskDelete");
  EXPECT_DEATH(run_in_task([](void*) {
                 esp_task_wdt_add(nullptr);
                 vTaskDelete(nullptr);
               }),
               "ended while the watchdog watches it");
  EXPECT_DEATH(run_in_task([](void*) { vTaskDelete(nullptr); }, 2), "no such core");
  EXPECT_DEATH(run_in_task([](void*) { vTaskDelete(nullptr); }, 0, 100), "too small a stack");
  EXPECT_DEATH(press_for([](void*) { vTaskDelay(1); }), "vTaskDelay: called from an interrupt");
  EXPECT_DEATH(esp_task_wdt_reset(), "a task that is not watched");
}

PORT_TEST(FakesDeathTest, OrderOfCalls) {
  char key = 0;
  EXPECT_DEATH(uart_read_bytes(UART_NUM_0, &key, 1, 0), "the driver is not installed");
  EXPECT_DEATH(uart_driver_install(UART_NUM_0, 128, 0, 0, nullptr, 0), "not larger than the FIFO");
  EXPECT_DEATH(gpio_isr_handler_add(GPIO_NUM_0, nullptr, nullptr), "gpio_install_isr_service\\(\\) comes first");
  const esp_partition_t invented = {};
  EXPECT_DEATH(esp_partition_read(&invented, 0, &key, 1), "not a partition");
}

}  // namespace
