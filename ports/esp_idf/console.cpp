// Text goes to stdout, that is to the console, or the consoles, that menuconfig chose: UART, USB Serial/JTAG, both.

#include <cstdio>

#include "esp_log.h"
#include "ports/port.h"

namespace thimble::port {

void write_text(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// Through the log, which has a level and may be sent elsewhere (esp_log_set_vprintf), but without the head of ESP_LOGI:
// the console is where text goes, too, and ports/port.h says how such a line begins.
void log_line(std::string_view line) {
  std::fflush(stdout);
  esp_log_write(ESP_LOG_INFO, "thimble", "log: %.*s\n", static_cast<int>(line.size()), line.data());
}

}  // namespace thimble::port
