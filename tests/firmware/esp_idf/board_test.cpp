// Facts about the board, and the task's start, time and watchdog.

#include <cstring>

#include "port_test.h"
#include "ports/board.h"
#include "ports/esp_idf/watchdog.h"
#include "ports/port.h"
#include "ports/temperature.h"
#include "thimble_menuconfig.h"

extern "C" void app_main();

namespace {

int code = 0;
int runs = 0;

}  // namespace

int thimble_main(std::span<const char* const> arguments) {
  EXPECT_TRUE(arguments.empty());
  EXPECT_EQ(fakes::watched_tasks(), 1u);
  thimble::port::write_text("a story\n");
  ++runs;
  return code;
}

namespace thimble {
namespace {

PORT_TEST(EspIdfStart, RunsTheProgramInATaskOfItsOwn) {
  fakes::add_usual_memory();
  app_main();
  fakes::await_tasks();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(fakes::last_task().stack_bytes, 10'240u);
  EXPECT_EQ(fakes::last_task().core, 0);
  EXPECT_EQ(fakes::watched_tasks(), 0u);
  EXPECT_EQ(fakes::live_allocations(), 0u);
  EXPECT_TRUE(fakes::log_lines().empty());
}

PORT_TEST(EspIdfStart, SaysHowItEnded) {
  fakes::add_usual_memory();
  code = 3;
  app_main();
  fakes::await_tasks();
  ASSERT_EQ(fakes::log_lines().size(), 1u);
  EXPECT_EQ(fakes::log_lines()[0], "log: the program ended with code 3\n");
}

PORT_TEST(EspIdfStart, SaysThatThereIsNoMemoryForIt) {
  fakes::refuse_tasks();
  app_main();
  EXPECT_EQ(runs, 0);
  ASSERT_EQ(fakes::log_lines().size(), 1u);
  EXPECT_TRUE(fakes::log_lines()[0].starts_with("log: no memory for the program's task"));
}

// The idle task gets a tick once in a quarter of the watchdog's time, not for every token.
PORT_TEST(EspIdfClock, YieldsSeldomButOftenEnough) {
  esp_idf::watch_this_task();
  for (int token = 0; token < 1000; ++token) {
    fakes::advance(10'000);
    port::yield();
  }
  EXPECT_GE(fakes::delays(), 8u);  // 10 s, and the delays themselves
  EXPECT_LE(fakes::delays(), 9u);
  EXPECT_EQ(fakes::watchdog_feeds(), fakes::delays());
}

PORT_TEST(EspIdfClock, ATaskThatIsNotWatchedMayYield) {
  for (int i = 0; i < 5; ++i) {
    fakes::advance(2'000'000);
    port::yield();
  }
  EXPECT_EQ(fakes::delays(), 5u);
  EXPECT_EQ(fakes::watchdog_feeds(), 0u);
}

PORT_TEST(EspIdfClock, WaitingForALineFeedsTheWatchdog) {
  esp_idf::watch_this_task();
  std::string_view line;
  EXPECT_FALSE(port::read_line(1100, &line));
  EXPECT_EQ(fakes::watchdog_feeds(), 3u);
}

TEST(EspIdfMenuconfig, BecomesAPlan) {
  const PlanOptions options = menuconfig_plan_options();
  EXPECT_EQ(options.context, 0u);
  EXPECT_EQ(options.max_batch, 4u);
  EXPECT_EQ(options.max_workers, kMenuconfigWorkers);
  EXPECT_EQ(options.weights, WeightHome::kFast);
#if CONFIG_THIMBLE_KV_I8
  EXPECT_EQ(options.kv_type, KvType::kI8);
#else
  EXPECT_EQ(options.kv_type, KvType::kDefault);
#endif
}

PORT_TEST(EspIdfBoard, ResetReasons) {
  EXPECT_STREQ(port::board_facts().reset_reason, "power on");
  fakes::chip().reset = ESP_RST_TASK_WDT;
  EXPECT_STREQ(port::board_facts().reset_reason, "task watchdog");
  fakes::chip().reset = ESP_RST_UNKNOWN;
  EXPECT_EQ(port::board_facts().reset_reason, nullptr);
}

#if CONFIG_THIMBLE_TEMPERATURE

PORT_TEST(EspIdfTemperature, IsToldInWholeDegrees) {
  EXPECT_EQ(port::chip_temperature(), 42);
  fakes::chip().celsius = -3.4F;
  EXPECT_EQ(port::chip_temperature(), -3);
}

PORT_TEST(EspIdfTemperature, WhatIsOutOfRangeIsNotTold) {
  fakes::chip().celsius = 96;
  EXPECT_EQ(port::chip_temperature(), std::nullopt);
  fakes::chip().celsius = 70;
  EXPECT_EQ(port::chip_temperature(), 70);
}

PORT_TEST(EspIdfTemperature, ADriverWithoutMemory) {
  fakes::chip().sensor = fakes::Sensor::kNoMemory;
  EXPECT_EQ(port::chip_temperature(), std::nullopt);
  EXPECT_EQ(port::chip_temperature(), std::nullopt);
}

PORT_TEST(EspIdfTemperature, ASensorThatDoesNotStart) {
  fakes::chip().sensor = fakes::Sensor::kRefuses;
  EXPECT_EQ(port::chip_temperature(), std::nullopt);
}

#else

PORT_TEST(EspIdfTemperature, AProgramWithoutItTellsNone) { EXPECT_EQ(port::chip_temperature(), std::nullopt); }

#endif

PORT_TEST(EspIdfBoard, FlashAndSdk) {
  const port::BoardFacts facts = port::board_facts();
  EXPECT_EQ(facts.flash_bytes, 8u << 20);
  EXPECT_EQ(facts.flash_configured_bytes, 4u << 20);
  EXPECT_STREQ(facts.flash_mode, "QIO");
  EXPECT_EQ(facts.flash_mhz, 80u);
  EXPECT_STREQ(facts.sdk, "ESP-IDF v5.5.1");
}

#if CONFIG_SPIRAM

PORT_TEST(EspIdfBoard, ChipAndOctalPsram) {
  const port::BoardFacts facts = port::board_facts();
  EXPECT_STREQ(facts.chip, "ESP32-S3");
  EXPECT_EQ(facts.revision, 2u);
  EXPECT_EQ(facts.cpu_mhz, 240u);
  EXPECT_EQ(facts.most_cpu_mhz, 240u);
  EXPECT_EQ(facts.data_cache_bytes, 32u * 1024);
  EXPECT_EQ(facts.data_cache_line_bytes, 64u);
  EXPECT_EQ(facts.psram, port::Psram::kFound);
  EXPECT_STREQ(facts.psram_mode, "octal");
  EXPECT_EQ(facts.psram_mhz, 80u);
  EXPECT_EQ(facts.psram_bytes, 8u << 20);
  EXPECT_EQ(facts.psram_mapped_bytes, 8u << 20);
}

// A module with none, or with quad PSRAM: the program runs and can say what was expected.
PORT_TEST(EspIdfBoard, PsramOfTheOtherModeIsNotFound) {
  fakes::chip().psram_answers = false;
  const port::BoardFacts facts = port::board_facts();
  EXPECT_EQ(facts.psram, port::Psram::kNotFound);
  EXPECT_STREQ(facts.psram_mode, "octal");
  EXPECT_EQ(facts.psram_bytes, 0u);
}

// The figures of other chips come from one table; the fake can say that it is one of them.
PORT_TEST(EspIdfBoard, AnEsp32Maps4MBOf8) {
  fakes::chip().info.model = CHIP_ESP32;
  const port::BoardFacts facts = port::board_facts();
  EXPECT_STREQ(facts.chip, "ESP32");
  EXPECT_EQ(facts.psram_bytes, 8u << 20);
  EXPECT_EQ(facts.psram_mapped_bytes, 4u << 20);
}

PORT_TEST(EspIdfBoard, AnOldP4EndsAt360MHz) {
  fakes::chip().info.model = CHIP_ESP32P4;
  fakes::chip().info.revision = 103;
  EXPECT_EQ(port::board_facts().most_cpu_mhz, 360u);
  fakes::chip().info.revision = 300;
  EXPECT_EQ(port::board_facts().most_cpu_mhz, 400u);
}

#else

PORT_TEST(EspIdfBoard, ChipWithoutPsram) {
  const port::BoardFacts facts = port::board_facts();
  EXPECT_STREQ(facts.chip, "ESP32-C3");
  EXPECT_EQ(facts.revision, 104u);
  EXPECT_EQ(facts.most_cpu_mhz, 160u);
  EXPECT_EQ(facts.psram, port::Psram::kOff);
  EXPECT_EQ(facts.psram_mode, nullptr);
}

#endif

}  // namespace
}  // namespace thimble
