// IDF prints on the console that menuconfig chose, and where the chip has one also on USB Serial/JTAG, but reads the
// first only; who is connected by the other sees text and types in vain. So this reads the drivers of both.

#include "ports/esp_idf/keys.h"

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "sdkconfig.h"

#if CONFIG_ESP_CONSOLE_UART
#define THIMBLE_KEYS_FROM_UART 1
#include "driver/uart.h"
#include "driver/uart_vfs.h"
#endif
#if CONFIG_ESP_CONSOLE_USB_SERIAL_JTAG || CONFIG_THIMBLE_READ_SECONDARY_CONSOLE
#define THIMBLE_KEYS_FROM_USB 1
#include "driver/usb_serial_jtag.h"
#include "driver/usb_serial_jtag_vfs.h"
#endif
#if !THIMBLE_KEYS_FROM_UART && !THIMBLE_KEYS_FROM_USB  // USB CDC, or a console that somebody else set up
#define THIMBLE_KEYS_FROM_STDIN 1
#include <fcntl.h>
#include <unistd.h>
#endif

namespace thimble::esp_idf {
namespace {

// Nobody types so fast that this would be felt, and what comes meanwhile waits in a driver's buffer.
constexpr TickType_t kGlance = pdMS_TO_TICKS(20);

// A line that is pasted. Larger than the hardware's own buffers, as the drivers want it.
[[maybe_unused]] constexpr int kDriverBytes = 512;

#if THIMBLE_KEYS_FROM_UART

constexpr auto kUart = static_cast<uart_port_t>(CONFIG_ESP_CONSOLE_UART_NUM);

void open_uart() {
  if (!uart_is_driver_installed(kUart)) (void)uart_driver_install(kUart, kDriverBytes, 0, 0, nullptr, 0);
  uart_vfs_dev_use_driver(kUart);
}

#endif

#if THIMBLE_KEYS_FROM_USB

void open_usb() {
  usb_serial_jtag_driver_config_t config = {};
  config.tx_buffer_size = kDriverBytes;
  config.rx_buffer_size = kDriverBytes;
  if (!usb_serial_jtag_is_driver_installed()) (void)usb_serial_jtag_driver_install(&config);
  usb_serial_jtag_vfs_use_driver();
}

#endif

// From the first source that has some, without waiting.
int read_at_once(std::span<char> out) {
  int count = 0;
#if THIMBLE_KEYS_FROM_UART
  count = uart_read_bytes(kUart, out.data(), static_cast<uint32_t>(out.size()), 0);
  if (count > 0) return count;
#endif
#if THIMBLE_KEYS_FROM_USB
  count = usb_serial_jtag_read_bytes(out.data(), static_cast<uint32_t>(out.size()), 0);
#endif
#if THIMBLE_KEYS_FROM_STDIN
  count = static_cast<int>(::read(STDIN_FILENO, out.data(), out.size()));
#endif
  return count;
}

}  // namespace

void open_keys() {
#if THIMBLE_KEYS_FROM_UART
  open_uart();
#endif
#if THIMBLE_KEYS_FROM_USB
  open_usb();
#endif
#if THIMBLE_KEYS_FROM_STDIN
  (void)::fcntl(STDIN_FILENO, F_SETFL, ::fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
#endif
}

size_t read_keys(std::span<char> out) {
  const int count = read_at_once(out);
  if (count > 0) return static_cast<size_t>(count);
  vTaskDelay(kGlance);
  return 0;
}

void write_keys(std::span<const uint8_t> bytes) {
#if THIMBLE_KEYS_FROM_UART
  (void)uart_write_bytes(kUart, bytes.data(), bytes.size());
#endif
#if THIMBLE_KEYS_FROM_USB
  (void)usb_serial_jtag_write_bytes(bytes.data(), bytes.size(), kGlance);  // where nobody listens, it would never end
#endif
#if THIMBLE_KEYS_FROM_STDIN
  (void)!::write(STDOUT_FILENO, bytes.data(), bytes.size());
#endif
}

}  // namespace thimble::esp_idf
