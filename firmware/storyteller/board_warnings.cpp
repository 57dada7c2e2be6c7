// Settings by the words of their menus: Kconfig of ESP-IDF 5.5, boards.txt of the Arduino core 3, PlatformIO's
// platform espressif32.

#include <string_view>

#include "firmware/storyteller/board_report.h"
#include "ports/line.h"

namespace thimble::storyteller {
namespace {

using port::BoardFacts;
using port::log_line;
using port::Psram;

constexpr uint64_t kMegabyte = uint64_t{1} << 20;

// Where one setting is found. Null: not to be set there, or with a number that is put in by whoever warns.
struct Setting {
  const char* menuconfig;
  const char* arduino;
  const char* platformio;
};

constexpr Setting kOctal = {
    "Component config > ESP PSRAM > SPI RAM config > Mode (QUAD/OCT) of SPI RAM chip in use > Octal Mode PSRAM",
    "Tools > PSRAM > OPI PSRAM", "board_build.arduino.memory_type = qio_opi"};
constexpr Setting kQuad = {
    "Component config > ESP PSRAM > SPI RAM config > Mode (QUAD/OCT) of SPI RAM chip in use > Quad Mode PSRAM",
    "Tools > PSRAM > QSPI PSRAM", "board_build.arduino.memory_type = qio_qspi"};
constexpr Setting kPsramOn = {"Component config > ESP PSRAM > Support for external, SPI-connected RAM",
                              "Tools > PSRAM > Enabled (of an ESP32-S3: OPI PSRAM or QSPI PSRAM)",
                              "build_flags = -DBOARD_HAS_PSRAM"};
constexpr Setting kPsramClock = {
    "Component config > ESP PSRAM > SPI RAM config > Set RAM clock speed > 80MHz clock speed", nullptr, nullptr};
constexpr Setting kCacheLine = {
    "Component config > ESP System Settings > Cache config > Data cache line size > 64 Bytes", nullptr, nullptr};
constexpr Setting kClock = {"Component config > ESP System Settings > CPU frequency", "Tools > CPU Frequency", nullptr};
constexpr Setting kFlashSize = {"Serial flasher config > Flash size", "Tools > Flash Size", nullptr};

void log_setting(const Setting& setting) {
  log_line("  idf.py menuconfig: ", setting.menuconfig);
  log_line("  Arduino: ", setting.arduino != nullptr ? setting.arduino : "fixed in its core; ESP-IDF can set it");
  if (setting.platformio != nullptr) log_line("  platformio.ini: ", setting.platformio);
}

bool is(const char* text, std::string_view word) { return text != nullptr && word == text; }

// A chip that PSRAM can be wired to, and that IDF drives it for.
bool can_have_psram(const BoardFacts& facts) {
  for (const char* chip : {"ESP32", "ESP32-S2", "ESP32-S3", "ESP32-P4", "ESP32-C5", "ESP32-C61"}) {
    if (is(facts.chip, chip)) return true;
  }
  return false;
}

void explain_suffixes(const BoardFacts& facts) {
  if (is(facts.chip, "ESP32-S3")) {
    log_line("  the module's name tells: R2 at its end is quad, R8 and R16 are octal, no R is no PSRAM");
  } else if (is(facts.chip, "ESP32")) {
    log_line("  the module's name tells: WROVER and PICO-V3-02 have PSRAM, WROOM has none");
  }
}

void warn_of_missing_psram(const BoardFacts& facts) {
  const bool octal = is(facts.psram_mode, "octal");
  log_line("warning: this program was built for ", facts.psram_mode != nullptr ? facts.psram_mode : "some",
           " PSRAM, and none answered; it goes on without");
  explain_suffixes(facts);
  if (is(facts.chip, "ESP32-S3")) log_setting(octal ? kQuad : kOctal);
}

void warn_of_cache_line(const BoardFacts& facts) {
  // Others have no choice, or, as the P4, nothing to gain that was measured.
  if (!is(facts.chip, "ESP32-S3") || facts.data_cache_line_bytes == 0 || facts.data_cache_line_bytes >= 64) return;
  log_line("warning: data cache lines of ", facts.data_cache_line_bytes,
           " bytes; with 64, weights come from PSRAM half as fast again");
  log_setting(kCacheLine);
}

void warn_of_clock(const BoardFacts& facts) {
  if (facts.cpu_mhz >= facts.most_cpu_mhz) return;
  log_line("warning: the CPU runs at ", facts.cpu_mhz, " MHz of ", facts.most_cpu_mhz);
  log_setting(kClock);
  log_line("  platformio.ini: board_build.f_cpu = ", facts.most_cpu_mhz, "000000L");
}

void warn_of_flash(const BoardFacts& facts) {
  if (facts.flash_bytes == 0 || facts.flash_bytes >= facts.flash_configured_bytes) return;
  log_line("warning: this program was built for ", facts.flash_configured_bytes / kMegabyte,
           " MB of flash, and the chip has ", facts.flash_bytes / kMegabyte, " MB");
  log_setting(kFlashSize);
  log_line("  platformio.ini: board_upload.flash_size = ", facts.flash_bytes / kMegabyte, "MB");
  log_line("  and a table of partitions that fits: partitions.csv is for 4 MB");
}

void warn_of_psram(const BoardFacts& facts) {
  if (facts.psram_mapped_bytes < facts.psram_bytes) {
    log_line("warning: ", facts.psram_mapped_bytes / kMegabyte, " MB of ", facts.psram_bytes / kMegabyte,
             " MB of PSRAM are within reach; an ESP32 maps no more, and nothing can change that");
  }
  if (facts.psram_mhz > 0 && facts.psram_mhz < 80) {
    log_line("warning: PSRAM runs at ", facts.psram_mhz, " MHz of 80");
    log_setting(kPsramClock);
  }
  if (is(facts.chip, "ESP32-S3") && is(facts.psram_mode, "quad")) {
    log_line("note: quad PSRAM gives a third of what octal gives; a module of suffix R2 has no other");
  }
}

}  // namespace

void warn_of_settings(const BoardFacts& facts) {
  if (facts.psram == Psram::kNotFound) warn_of_missing_psram(facts);
  if (facts.psram == Psram::kFound) warn_of_psram(facts);
  warn_of_cache_line(facts);
  warn_of_clock(facts);
  warn_of_flash(facts);
}

void advise_psram(const BoardFacts& facts) {
  if (facts.psram != Psram::kOff || !can_have_psram(facts)) return;
  log_line("warning: PSRAM is off, and would give this model room, if the module has some");
  explain_suffixes(facts);
  log_setting(kPsramOn);
}

}  // namespace thimble::storyteller
