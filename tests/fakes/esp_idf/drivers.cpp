// The drivers of both consoles, and the pins.

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>

#include "context.h"
#include "driver/gpio.h"
#include "driver/uart.h"
#include "driver/uart_vfs.h"
#include "driver/usb_serial_jtag.h"
#include "driver/usb_serial_jtag_vfs.h"
#include "fakes.h"

namespace {

// A driver of a console: keys that were typed, once it is installed.
class Console {
 public:
  bool installed() const { return installed_; }

  esp_err_t install(const char* call, size_t rx_bytes, size_t fifo_bytes) {
    fakes::expect_task(call);
    fakes::expect(rx_bytes > fifo_bytes, call, "a buffer that is not larger than the FIFO");
    if (installed_) return ESP_FAIL;
    installed_ = true;
    return ESP_OK;
  }

  int read(const char* call, void* out, size_t length, TickType_t ticks) {
    fakes::expect_task(call);
    fakes::expect(installed_, call, "the driver is not installed");
    std::unique_lock lock(mutex_);
    const auto wait = std::chrono::milliseconds(ticks * 1000 / configTICK_RATE_HZ);
    changed_.wait_for(lock, wait, [&] { return !keys_.empty(); });
    const size_t count = std::min(length, keys_.size());
    std::memcpy(out, keys_.data(), count);
    keys_.erase(0, count);
    return static_cast<int>(count);
  }

  int write(const char* call, const void* bytes, size_t length) {
    fakes::expect_task(call);
    fakes::expect(installed_, call, "the driver is not installed");
    fakes::expect(bytes != nullptr && length > 0, call, "nothing to write");
    const std::lock_guard lock(mutex_);
    written_.append(static_cast<const char*>(bytes), length);
    return static_cast<int>(length);
  }

  std::string written() {
    const std::lock_guard lock(mutex_);
    return written_;
  }

  void type(std::string_view keys) {
    const std::lock_guard lock(mutex_);
    keys_ += keys;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string keys_;
  std::string written_;
  bool installed_ = false;
};

// Never destroyed: a task may wait for keys when the program ends.
Console& uart() {
  static auto* it = new Console;
  return *it;
}
Console& usb() {
  static auto* it = new Console;
  return *it;
}

gpio_config_t pins = {};
bool service_installed = false;
bool held = false;  // the button
gpio_isr_t handler = nullptr;
void* handler_argument = nullptr;

}  // namespace

namespace fakes {

void type_on_uart(std::string_view keys) { uart().type(keys); }
void type_on_usb(std::string_view keys) { usb().type(keys); }

std::string written_on_uart() { return uart().written(); }
std::string written_on_usb() { return usb().written(); }
void hold_button(bool down) { held = down; }

void press_button() {
  if (handler == nullptr || pins.intr_type != GPIO_INTR_NEGEDGE) return;
  in_interrupt = true;
  handler(handler_argument);
  in_interrupt = false;
}

}  // namespace fakes

bool uart_is_driver_installed(uart_port_t) { return uart().installed(); }
esp_err_t uart_driver_install(uart_port_t, int rx_bytes, int, int, QueueHandle_t*, int) {
  constexpr size_t kFifoBytes = 128;
  return uart().install("uart_driver_install", static_cast<size_t>(rx_bytes), kFifoBytes);
}
int uart_read_bytes(uart_port_t, void* out, uint32_t length, TickType_t ticks) {
  return uart().read("uart_read_bytes", out, length, ticks);
}
int uart_write_bytes(uart_port_t, const void* bytes, size_t length) {
  return uart().write("uart_write_bytes", bytes, length);
}
void uart_vfs_dev_use_driver(int) {
  fakes::expect(uart().installed(), "uart_vfs_dev_use_driver", "the driver is not installed");
}

bool usb_serial_jtag_is_driver_installed() { return usb().installed(); }
esp_err_t usb_serial_jtag_driver_install(usb_serial_jtag_driver_config_t* config) {
  constexpr size_t kFifoBytes = 64;
  fakes::expect(config->tx_buffer_size > kFifoBytes, "usb_serial_jtag_driver_install", "too small a buffer");
  return usb().install("usb_serial_jtag_driver_install", config->rx_buffer_size, kFifoBytes);
}
int usb_serial_jtag_read_bytes(void* out, uint32_t length, TickType_t ticks) {
  return usb().read("usb_serial_jtag_read_bytes", out, length, ticks);
}
int usb_serial_jtag_write_bytes(const void* bytes, size_t length, TickType_t ticks) {
  fakes::expect(ticks != portMAX_DELAY, "usb_serial_jtag_write_bytes", "never ends where nobody listens");
  return usb().write("usb_serial_jtag_write_bytes", bytes, length);
}
void usb_serial_jtag_vfs_use_driver() {
  fakes::expect(usb().installed(), "usb_serial_jtag_vfs_use_driver", "the driver is not installed");
}

esp_err_t gpio_config(const gpio_config_t* config) {
  fakes::expect_task("gpio_config");
  fakes::expect(config->pin_bit_mask != 0, "gpio_config", "no pin");
  pins = *config;
  return ESP_OK;
}
int gpio_get_level(gpio_num_t pin) {
  fakes::expect((pins.pin_bit_mask >> pin & 1) != 0 && pins.mode == GPIO_MODE_INPUT, "gpio_get_level", "no input");
  return held ? 0 : 1;
}
esp_err_t gpio_install_isr_service(int) {
  if (service_installed) return ESP_ERR_INVALID_STATE;
  service_installed = true;
  return ESP_OK;
}
esp_err_t gpio_isr_handler_add(gpio_num_t pin, gpio_isr_t isr, void* argument) {
  fakes::expect(service_installed, "gpio_isr_handler_add", "gpio_install_isr_service() comes first");
  fakes::expect((pins.pin_bit_mask >> pin & 1) != 0, "gpio_isr_handler_add", "a pin that is not set up");
  handler = isr;
  handler_argument = argument;
  return ESP_OK;
}
