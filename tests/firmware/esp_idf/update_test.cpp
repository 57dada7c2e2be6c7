// Settings, secrets and programs (ports/settings.h, ports/program.h) over NVS, Mbed TLS and esp_ota_*.

#include <algorithm>
#include <string>
#include <vector>

#include "esp_ota_ops.h"
#include "nvs.h"
#include "port_test.h"
#include "ports/program.h"
#include "ports/settings.h"

namespace thimble {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

// "" when nothing is stored.
std::string stored(const char* name) {
  std::array<std::byte, port::kMostSettingBytes> out;
  const Result<size_t> bytes = port::load_setting(name, out);
  EXPECT_TRUE(bytes.ok() || bytes.status().code() == Code::kNotReady);
  return bytes.ok() ? std::string(reinterpret_cast<const char*>(out.data()), *bytes) : "";
}

// --- settings ---

PORT_TEST(EspIdfSettings, AreStoredAndForgotten) {
  std::array<std::byte, 4> out;
  EXPECT_EQ(port::load_setting("model", out).status().code(), Code::kNotReady) << "a fresh board";
  ASSERT_TRUE(port::store_setting("model", bytes_of("model_b")).ok());
  ASSERT_TRUE(port::store_setting("password", bytes_of("x")).ok());
  EXPECT_EQ(stored("model"), "model_b");
  ASSERT_TRUE(port::store_setting("model", bytes_of("model")).ok());
  EXPECT_EQ(stored("model"), "model");
  EXPECT_EQ(port::load_setting("model", out).status().code(), Code::kTextTooLong);
  ASSERT_TRUE(port::forget_setting("model").ok());
  ASSERT_TRUE(port::forget_setting("model").ok()) << "none is there";
  EXPECT_EQ(stored("model"), "");
  EXPECT_EQ(stored("password"), "x");
}

PORT_TEST(EspIdfSettings, AFactoryResetForgetsAll) {
  ASSERT_TRUE(port::store_setting("model", bytes_of("model_b")).ok());
  ASSERT_TRUE(port::forget_all_settings().ok());
  EXPECT_EQ(fakes::nvs_values(), 0u);
}

PORT_TEST(EspIdfSettings, WhatDoesNotFitIsRefused) {
  const std::string longest(port::kMostSettingBytes, 'x');
  EXPECT_TRUE(port::store_setting("name.of_15.byte", bytes_of(longest)).ok());
  EXPECT_EQ(port::store_setting("model", bytes_of(longest + "x")).code(), Code::kInvalidArgument);
  EXPECT_EQ(port::store_setting("name.of_16.bytes", bytes_of("x")).code(), Code::kInvalidArgument);
}

PORT_TEST(EspIdfSettings, OfAnotherVersionAreErased) {
  fakes::set_nvs(fakes::Nvs::kUnreadable);
  EXPECT_TRUE(port::store_setting("model", bytes_of("model_b")).ok());
  EXPECT_EQ(stored("model"), "model_b");
}

PORT_TEST(EspIdfSettings, WithoutAPartitionThereAreNone) {
  fakes::set_nvs(fakes::Nvs::kAbsent);
  std::array<std::byte, 4> out;
  EXPECT_EQ(port::load_setting("model", out).status().code(), Code::kReadFailed);
  EXPECT_EQ(port::store_setting("model", bytes_of("x")).code(), Code::kReadFailed);
  EXPECT_EQ(port::forget_all_settings().code(), Code::kReadFailed);
}

PORT_TEST(EspIdfSettings, AStoreThatFailsKeepsTheOldValue) {
  ASSERT_TRUE(port::store_setting("model", bytes_of("model")).ok());
  fakes::fail_nvs(ESP_FAIL);
  EXPECT_EQ(port::store_setting("model", bytes_of("model_b")).code(), Code::kReadFailed);
  fakes::fail_nvs(ESP_ERR_NVS_NOT_ENOUGH_SPACE);
  const Status status = port::store_setting("model", bytes_of("model_b"));
  EXPECT_EQ(status.code(), Code::kOutOfMemory);
  EXPECT_STREQ(status.subject(), "settings");
  fakes::fail_nvs(ESP_OK);
  EXPECT_EQ(stored("model"), "model");
}

// --- secrets ---

PORT_TEST(EspIdfSecrets, ADerivedKeyDependsOnAllOfIt) {
  std::array<std::byte, 16> salt;
  port::draw_random(salt);
  std::array<std::byte, 16> other;
  port::draw_random(other);
  EXPECT_NE(salt, other);
  std::array<std::byte, port::kDerivedBytes> out;
  ASSERT_TRUE(port::derive_key("once upon", salt, 100, out).ok());
  EXPECT_EQ(static_cast<char>(out[8]), 'n');
  EXPECT_EQ(out[30], std::byte{16});
  EXPECT_EQ(out[31], std::byte{100});
  EXPECT_EQ(port::derive_key("once upon", salt, 0, out).code(), Code::kOutOfMemory);
}

// --- programs ---

PORT_TEST(EspIdfProgram, TellsAboutItself) {
  fakes::add_programs();
  const port::ProgramFacts facts = port::program_facts();
  EXPECT_EQ(facts.project, "storyteller");
  EXPECT_EQ(facts.version, "1.2.3");
  EXPECT_EQ(facts.chip, CONFIG_IDF_FIRMWARE_CHIP_ID);
  EXPECT_EQ(facts.room, 0x180000u);
  EXPECT_FALSE(facts.is_on_trial);
}

PORT_TEST(EspIdfProgram, WithOnePlaceThereIsNoUpdate) {
  EXPECT_EQ(port::program_facts().room, 0u);
  EXPECT_FALSE(port::program_facts().is_on_trial);
  EXPECT_EQ(port::begin_program().code(), Code::kUnsupported);
}

PORT_TEST(EspIdfProgram, IsWrittenAndStartsNext) {
  fakes::add_programs();
  std::vector<std::byte> image(3000, std::byte{0xe9});
  ASSERT_TRUE(port::begin_program().ok());
  ASSERT_TRUE(port::write_program(std::span(image).first(1000)).ok());
  ASSERT_TRUE(port::write_program(std::span(image).subspan(1000)).ok());
  ASSERT_TRUE(port::end_program().ok());
  EXPECT_FALSE(fakes::updates().selected);
  ASSERT_TRUE(port::start_program_next().ok());
  EXPECT_TRUE(fakes::updates().selected);
  EXPECT_EQ(fakes::updates().written, image);
  port::restart();
  EXPECT_EQ(fakes::updates().restarts, 1u);
}

PORT_TEST(EspIdfProgram, OneThatIsAbandonedFreesItsUpdate) {
  fakes::add_programs();
  ASSERT_TRUE(port::begin_program().ok());
  port::abandon_program();
  EXPECT_EQ(fakes::updates().open, 0u);
  EXPECT_TRUE(port::begin_program().ok());
}

PORT_TEST(EspIdfProgram, FailuresHaveNames) {
  fakes::add_programs();
  fakes::fail_updates(ESP_ERR_NO_MEM);
  EXPECT_EQ(port::begin_program().code(), Code::kOutOfMemory);
  fakes::fail_updates(ESP_OK);
  ASSERT_TRUE(port::begin_program().ok());
  fakes::fail_updates(ESP_ERR_OTA_VALIDATE_FAILED);
  const Status status = port::end_program();
  EXPECT_EQ(status.code(), Code::kCorrupt);
  EXPECT_STREQ(status.subject(), "program");
  EXPECT_EQ(fakes::updates().open, 0u);
  fakes::fail_updates(ESP_FAIL);
  EXPECT_EQ(port::start_program_next().code(), Code::kReadFailed);
  EXPECT_EQ(port::keep_program().code(), Code::kReadFailed);
  port::return_to_program_before();
  EXPECT_FALSE(fakes::updates().returned) << "there is none before";
  EXPECT_EQ(fakes::updates().restarts, 0u);
}

// The first update of a flash that idf.py wrote: the record knows of no program but the new one.
PORT_TEST(EspIdfProgram, TheBootloaderReturnsToAProgramWithoutARecord) {
  fakes::add_programs(true);
  fakes::fail_updates(ESP_ERR_OTA_ROLLBACK_FAILED);
  port::return_to_program_before();
  EXPECT_EQ(fakes::updates().restarts, 1u);
  EXPECT_FALSE(fakes::updates().kept);
}

PORT_TEST(EspIdfProgram, ATrialEndsOneWayOrTheOther) {
  fakes::add_programs(true);
  EXPECT_TRUE(port::program_facts().is_on_trial);
  ASSERT_TRUE(port::keep_program().ok());
  EXPECT_TRUE(fakes::updates().kept);
  EXPECT_FALSE(port::program_facts().is_on_trial);
  port::return_to_program_before();
  EXPECT_TRUE(fakes::updates().returned);
}

}  // namespace
}  // namespace thimble
