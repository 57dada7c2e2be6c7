// The button BOOT: down is low on every board, since it decides at reset how the chip starts.

#include <atomic>

#include "driver/gpio.h"
#include "esp_timer.h"
#include "ports/board.h"
#include "sdkconfig.h"

namespace thimble::port {

#if CONFIG_THIMBLE_BOOT_GPIO >= 0

namespace {

constexpr auto kPin = static_cast<gpio_num_t>(CONFIG_THIMBLE_BOOT_GPIO);
constexpr int64_t kBounceMicroseconds = 200'000;  // contacts bounce when a button goes down, and when it comes up

std::atomic<bool> pressed = false;

// From an interrupt.
void button_moved(void*) {
  static int64_t last = -kBounceMicroseconds;
  const int64_t now = esp_timer_get_time();
  if (now - last >= kBounceMicroseconds) pressed.store(true);
  last = now;
}

void watch_button() {
  gpio_config_t config = {};
  config.pin_bit_mask = uint64_t{1} << kPin;
  config.mode = GPIO_MODE_INPUT;
  config.pull_up_en = GPIO_PULLUP_ENABLE;
  config.intr_type = GPIO_INTR_NEGEDGE;
  if (gpio_config(&config) != ESP_OK) return;
  (void)gpio_install_isr_service(0);  // refused where the program has done so, which serves as well
  (void)gpio_isr_handler_add(kPin, button_moved, nullptr);
}

void watch_button_once() {
  static bool watched = false;
  if (watched) return;
  watched = true;
  watch_button();
}

}  // namespace

bool take_button() {
  watch_button_once();
  return pressed.exchange(false);
}

bool button_is_down() {
  watch_button_once();
  return gpio_get_level(kPin) == 0;
}

#else  // the board has none

bool take_button() { return false; }
bool button_is_down() { return false; }

#endif

}  // namespace thimble::port
