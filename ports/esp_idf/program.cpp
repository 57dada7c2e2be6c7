// The running program and the one after it, by ESP-IDF's over-the-air updates: two app partitions, and a record of two
// copies, otadata, that says which one starts. With CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE the bootloader goes back to
// the one before when a new one was not kept by its second start.

#include "ports/program.h"

#include "esp_app_desc.h"
#include "esp_ota_ops.h"
#include "esp_system.h"
#include "sdkconfig.h"

namespace thimble::port {
namespace {

esp_ota_handle_t writing = 0;  // between begin_program() and its end

const esp_partition_t* next_place() { return esp_ota_get_next_update_partition(nullptr); }

Status failed(esp_err_t error) {
  switch (error) {
    case ESP_OK:
      return {};
    case ESP_ERR_NO_MEM:
      return Status::error(Code::kOutOfMemory, "program");
    case ESP_ERR_OTA_VALIDATE_FAILED:
      return Status::error(Code::kCorrupt, "program");
    default:
      return Status::error(Code::kReadFailed, "flash");
  }
}

}  // namespace

ProgramFacts program_facts() {
  const esp_app_desc_t* const description = esp_app_get_description();
  const esp_partition_t* const next = next_place();
  esp_ota_img_states_t state = ESP_OTA_IMG_UNDEFINED;
  const bool known = esp_ota_get_state_partition(esp_ota_get_running_partition(), &state) == ESP_OK;
  ProgramFacts facts;
  facts.project = description->project_name;
  facts.version = description->version;
  facts.chip = CONFIG_IDF_FIRMWARE_CHIP_ID;
  facts.room = next != nullptr ? next->size : 0;
  facts.is_on_trial = known && state == ESP_OTA_IMG_PENDING_VERIFY;
  facts.was_returned = esp_ota_get_last_invalid_partition() != nullptr;
  return facts;
}

// Erases as it goes, so that nobody waits for a megabyte.
Status begin_program() {
  const esp_partition_t* const next = next_place();
  if (next == nullptr) return Status::error(Code::kUnsupported, "second program");
  return failed(esp_ota_begin(next, OTA_WITH_SEQUENTIAL_WRITES, &writing));
}

Status write_program(std::span<const std::byte> bytes) {
  return failed(esp_ota_write(writing, bytes.data(), bytes.size()));
}

Status end_program() { return failed(esp_ota_end(writing)); }

void abandon_program() { (void)esp_ota_abort(writing); }

Status start_program_next() { return failed(esp_ota_set_boot_partition(next_place())); }

Status keep_program() { return failed(esp_ota_mark_app_valid_cancel_rollback()); }

// The call comes back where no record names the program before: it was flashed, and never updated. The bootloader then
// goes back to it by itself, since this one was not kept.
void return_to_program_before() {
  (void)esp_ota_mark_app_invalid_rollback_and_reboot();
  if (program_facts().is_on_trial) esp_restart();
}

void restart() { esp_restart(); }

}  // namespace thimble::port
