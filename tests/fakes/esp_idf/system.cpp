// Preconditions, time, the log, and what the chip says of itself.

#include <atomic>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "context.h"
#include "esp_flash.h"
#include "esp_idf_version.h"
#include "esp_log.h"
#include "esp_psram.h"
#include "esp_rom_sys.h"
#include "esp_timer.h"
#include "fakes.h"

namespace {

std::atomic<int64_t> advanced = 0;
std::mutex log_mutex;
std::vector<std::string> logged;

}  // namespace

namespace fakes {

thread_local bool in_interrupt = false;

void expect(bool holds, const char* call, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s: %s\n", call, what);
  std::abort();
}

void expect_task(const char* call) { expect(!in_interrupt, call, "called from an interrupt"); }

void advance(int64_t microseconds) { advanced += microseconds; }

std::vector<std::string> log_lines() {
  const std::lock_guard lock(log_mutex);
  return logged;
}

Chip& chip() {
#if defined(FAKE_ESP32S3)
  static Chip it = {.info = {CHIP_ESP32S3, 0, 2, 2}};
#else
  static Chip it = {.info = {CHIP_ESP32C3, 0, 104, 1}, .cpu_mhz = 160};
#endif
  return it;
}

}  // namespace fakes

// May be called from an interrupt.
int64_t esp_timer_get_time() {
  using std::chrono::microseconds;
  static const auto start = std::chrono::steady_clock::now();
  const auto passed = std::chrono::steady_clock::now() - start;
  return advanced + std::chrono::duration_cast<microseconds>(passed).count();
}

void esp_log_write(esp_log_level_t level, const char* tag, const char* format, ...) {
  fakes::expect_task("esp_log_write");
  fakes::expect(tag != nullptr && level > ESP_LOG_NONE, "esp_log_write", "no tag or no level");
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  const std::lock_guard lock(log_mutex);
  std::fputs(line, stdout);
  logged.emplace_back(line);
}

void esp_chip_info(esp_chip_info_t* out) { *out = fakes::chip().info; }

esp_err_t esp_flash_get_size(esp_flash_t*, uint32_t* bytes) {
  *bytes = fakes::chip().flash_configured_bytes;
  return ESP_OK;
}
esp_err_t esp_flash_get_physical_size(esp_flash_t*, uint32_t* bytes) {
  fakes::expect_task("esp_flash_get_physical_size");
  *bytes = fakes::chip().flash_bytes;
  return ESP_OK;
}

bool esp_psram_is_initialized() { return fakes::chip().psram_answers; }
size_t esp_psram_get_size() { return fakes::chip().psram_answers ? fakes::chip().psram_bytes : 0; }

uint32_t esp_rom_get_cpu_ticks_per_us() { return fakes::chip().cpu_mhz; }
const char* esp_get_idf_version() { return "v5.5.1"; }
esp_reset_reason_t esp_reset_reason() { return fakes::chip().reset; }
