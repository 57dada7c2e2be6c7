// What the chip is, how it was set up, and how its memory stands.

#include "ports/board.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "esp_chip_info.h"
#include "esp_flash.h"
#include "esp_heap_caps.h"
#include "esp_idf_version.h"
#include "esp_psram.h"
#include "esp_rom_sys.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "sdkconfig.h"

namespace thimble::port {
namespace {

constexpr uint64_t kMiB = 1024 * 1024;

// What a chip can do at most; its datasheet.
struct Chip {
  esp_chip_model_t model;
  const char* name;
  uint32_t cpu_mhz;
  uint64_t psram_window_bytes;  // addresses that PSRAM can appear at
};
constexpr Chip kChips[] = {
    {CHIP_ESP32, "ESP32", 240, 4 * kMiB},       {CHIP_ESP32S2, "ESP32-S2", 240, 32 * kMiB},
    {CHIP_ESP32S3, "ESP32-S3", 240, 32 * kMiB}, {CHIP_ESP32C3, "ESP32-C3", 160, 0},
    {CHIP_ESP32C6, "ESP32-C6", 160, 0},         {CHIP_ESP32P4, "ESP32-P4", 400, 64 * kMiB},
};
constexpr uint32_t kFirstP4With400MHz = 300;  // earlier revisions end at 360

// The cache between the CPU and flash or PSRAM, as menuconfig set it up or as the chip has it.
#if CONFIG_IDF_TARGET_ESP32S3
constexpr uint32_t kCacheBytes = CONFIG_ESP32S3_DATA_CACHE_SIZE;
constexpr uint32_t kCacheLineBytes = CONFIG_ESP32S3_DATA_CACHE_LINE_SIZE;
#elif CONFIG_IDF_TARGET_ESP32S2
constexpr uint32_t kCacheBytes = CONFIG_ESP32S2_DATA_CACHE_SIZE;
#if CONFIG_ESP32S2_DATA_CACHE_LINE_16B
constexpr uint32_t kCacheLineBytes = 16;
#else
constexpr uint32_t kCacheLineBytes = 32;
#endif
#elif CONFIG_IDF_TARGET_ESP32P4
constexpr uint32_t kCacheBytes = CONFIG_CACHE_L2_CACHE_SIZE;
constexpr uint32_t kCacheLineBytes = CONFIG_CACHE_L2_CACHE_LINE_SIZE;
#elif CONFIG_IDF_TARGET_ESP32 || CONFIG_IDF_TARGET_ESP32C6
constexpr uint32_t kCacheBytes = 32 * 1024;
constexpr uint32_t kCacheLineBytes = 32;
#elif CONFIG_IDF_TARGET_ESP32C3
constexpr uint32_t kCacheBytes = 16 * 1024;
constexpr uint32_t kCacheLineBytes = 32;
#else
constexpr uint32_t kCacheBytes = 0;
constexpr uint32_t kCacheLineBytes = 0;
#endif

// Of chips that are not in the list nothing is known but their name.
Chip chip_of(const esp_chip_info_t& info) {
  for (const Chip& chip : kChips) {
    if (chip.model == info.model) return chip;
  }
  return {info.model, CONFIG_IDF_TARGET, 0, UINT64_MAX};
}

void add_chip(const esp_chip_info_t& info, const Chip& chip, BoardFacts* facts) {
  const bool slow_p4 = chip.model == CHIP_ESP32P4 && info.revision < kFirstP4With400MHz;
  facts->chip = chip.name;
  facts->revision = info.revision;
  facts->cpu_mhz = esp_rom_get_cpu_ticks_per_us();
  facts->most_cpu_mhz = slow_p4 ? 360 : chip.cpu_mhz;
}

// The sizes of the chip and of the image, which flashing writes into its head.
void add_flash(BoardFacts* facts) {
  uint32_t bytes = 0;
  if (esp_flash_get_physical_size(nullptr, &bytes) == ESP_OK) facts->flash_bytes = bytes;
  if (esp_flash_get_size(nullptr, &bytes) == ESP_OK) facts->flash_configured_bytes = bytes;
#if CONFIG_ESPTOOLPY_FLASHMODE_QIO
  facts->flash_mode = "QIO";
#elif CONFIG_ESPTOOLPY_FLASHMODE_QOUT
  facts->flash_mode = "QOUT";
#elif CONFIG_ESPTOOLPY_FLASHMODE_DIO
  facts->flash_mode = "DIO";
#elif CONFIG_ESPTOOLPY_FLASHMODE_DOUT
  facts->flash_mode = "DOUT";
#elif CONFIG_ESPTOOLPY_FLASHMODE_OPI
  facts->flash_mode = "OPI";
#endif
  facts->flash_mhz = static_cast<uint32_t>(std::strtoul(CONFIG_ESPTOOLPY_FLASHFREQ, nullptr, 10));  // "80m"
}

void add_psram([[maybe_unused]] const Chip& chip, [[maybe_unused]] BoardFacts* facts) {
#if CONFIG_SPIRAM
#if CONFIG_SPIRAM_MODE_OCT
  facts->psram_mode = "octal";
#elif CONFIG_SPIRAM_MODE_HEX
  facts->psram_mode = "hex";
#else
  facts->psram_mode = "quad";
#endif
  facts->psram_mhz = CONFIG_SPIRAM_SPEED;
  facts->psram = esp_psram_is_initialized() ? Psram::kFound : Psram::kNotFound;
  if (facts->psram != Psram::kFound) return;
  facts->psram_bytes = esp_psram_get_size();
  facts->psram_mapped_bytes = std::min(facts->psram_bytes, chip.psram_window_bytes);
#endif
}

struct ResetText {
  esp_reset_reason_t reason;
  const char* text;
};
constexpr ResetText kResetTexts[] = {
    {ESP_RST_POWERON, "power on"},
    {ESP_RST_EXT, "reset pin"},
    {ESP_RST_SW, "software"},
    {ESP_RST_PANIC, "exception"},
    {ESP_RST_INT_WDT, "interrupt watchdog"},
    {ESP_RST_TASK_WDT, "task watchdog"},
    {ESP_RST_WDT, "another watchdog"},
    {ESP_RST_DEEPSLEEP, "deep sleep"},
    {ESP_RST_BROWNOUT, "brownout, the supply is too weak"},
    {ESP_RST_SDIO, "SDIO"},
    {ESP_RST_USB, "USB"},
    {ESP_RST_JTAG, "JTAG"},
    {ESP_RST_EFUSE, "eFuse error"},
    {ESP_RST_PWR_GLITCH, "power glitch"},
    {ESP_RST_CPU_LOCKUP, "CPU lock-up"},
};

const char* reset_reason() {
  const esp_reset_reason_t reason = esp_reset_reason();
  for (const ResetText& reset : kResetTexts) {
    if (reset.reason == reason) return reset.text;
  }
  return nullptr;
}

// Internal memory as a program sees it: bytes can be read and written one by one.
uint32_t caps_of(Region region) {
  return MALLOC_CAP_8BIT | (region == Region::kFast ? MALLOC_CAP_INTERNAL : MALLOC_CAP_SPIRAM);
}

}  // namespace

BoardFacts board_facts() {
  static char sdk[40];
  std::snprintf(sdk, sizeof sdk, "ESP-IDF %s", esp_get_idf_version());
  esp_chip_info_t info = {};
  esp_chip_info(&info);
  const Chip chip = chip_of(info);
  BoardFacts facts;
  add_chip(info, chip, &facts);
  add_flash(&facts);
  add_psram(chip, &facts);
  facts.data_cache_bytes = kCacheBytes;
  facts.data_cache_line_bytes = kCacheLineBytes;
  facts.reset_reason = reset_reason();
  facts.sdk = sdk;
  return facts;
}

MemoryState memory_state(Region region) {
  multi_heap_info_t info = {};
  heap_caps_get_info(&info, caps_of(region));
  return {info.total_free_bytes + info.total_allocated_bytes, info.total_free_bytes, info.minimum_free_bytes,
          info.largest_free_block};
}

// IDF counts in bytes.
size_t unused_stack() { return uxTaskGetStackHighWaterMark(nullptr); }

bool heap_is_sound() { return heap_caps_check_integrity_all(true); }

}  // namespace thimble::port
