// Two programs, of which the first one runs.

#include <cstring>

#include "esp_app_desc.h"
#include "esp_ota_ops.h"
#include "esp_system.h"
#include "fakes.h"

namespace {

constexpr esp_app_desc_t kDescription = {"1.2.3", "storyteller"};
constexpr esp_ota_handle_t kHandle = 7;

esp_partition_t places[2] = {};
bool two = false;
bool on_trial = false;
esp_err_t failure = ESP_OK;

void expect_open(esp_ota_handle_t handle, const char* call) {
  fakes::expect_task(call);
  fakes::expect(handle == kHandle && fakes::updates().open == 1, call, "no update was begun");
}

}  // namespace

namespace fakes {

void add_programs(bool trial) {
  two = true;
  on_trial = trial;
  for (esp_partition_t& place : places) place.size = 0x180000;
}

void fail_updates(int error) { failure = error; }

Updates& updates() {
  static Updates it;
  return it;
}

}  // namespace fakes

const esp_app_desc_t* esp_app_get_description() { return &kDescription; }

const esp_partition_t* esp_ota_get_running_partition() { return &places[0]; }
const esp_partition_t* esp_ota_get_next_update_partition(const esp_partition_t*) { return two ? &places[1] : nullptr; }
const esp_partition_t* esp_ota_get_last_invalid_partition() { return nullptr; }

esp_err_t esp_ota_get_state_partition(const esp_partition_t* partition, esp_ota_img_states_t* state) {
  fakes::expect(partition != nullptr && state != nullptr, "esp_ota_get_state_partition", "nothing to look at");
  if (!two) return ESP_ERR_NOT_FOUND;  // a factory app
  *state = on_trial ? ESP_OTA_IMG_PENDING_VERIFY : ESP_OTA_IMG_VALID;
  return ESP_OK;
}

esp_err_t esp_ota_begin(const esp_partition_t* partition, size_t, esp_ota_handle_t* handle) {
  fakes::expect_task("esp_ota_begin");
  fakes::expect(handle != nullptr, "esp_ota_begin", "no handle");
  fakes::expect(fakes::updates().open == 0, "esp_ota_begin", "another update is under way");
  if (partition != &places[1]) return ESP_ERR_INVALID_ARG;
  if (on_trial) return ESP_ERR_OTA_ROLLBACK_INVALID_STATE;
  if (failure != ESP_OK) return failure;
  fakes::updates().open = 1;
  fakes::updates().written.clear();
  *handle = kHandle;
  return ESP_OK;
}

esp_err_t esp_ota_write(esp_ota_handle_t handle, const void* data, size_t size) {
  expect_open(handle, "esp_ota_write");
  fakes::expect(data != nullptr, "esp_ota_write", "no data");
  if (failure != ESP_OK) return failure;
  auto& written = fakes::updates().written;
  const auto* bytes = static_cast<const std::byte*>(data);
  written.insert(written.end(), bytes, bytes + size);
  return written.front() == std::byte{0xe9} ? ESP_OK : ESP_ERR_OTA_VALIDATE_FAILED;
}

// Frees the handle whatever it finds.
esp_err_t esp_ota_end(esp_ota_handle_t handle) {
  expect_open(handle, "esp_ota_end");
  fakes::updates().open = 0;
  return failure;
}

esp_err_t esp_ota_abort(esp_ota_handle_t handle) {
  expect_open(handle, "esp_ota_abort");
  fakes::updates().open = 0;
  return ESP_OK;
}

esp_err_t esp_ota_set_boot_partition(const esp_partition_t* partition) {
  fakes::expect_task("esp_ota_set_boot_partition");
  fakes::expect(partition == &places[1], "esp_ota_set_boot_partition", "not the other program");
  fakes::expect(fakes::updates().open == 0, "esp_ota_set_boot_partition", "an update is under way");
  if (failure == ESP_OK) fakes::updates().selected = true;
  return failure;
}

esp_err_t esp_ota_mark_app_valid_cancel_rollback() {
  fakes::expect_task("esp_ota_mark_app_valid_cancel_rollback");
  if (failure != ESP_OK) return failure;
  on_trial = false;
  fakes::updates().kept = true;
  return ESP_OK;
}

// Returns only on an error.
esp_err_t esp_ota_mark_app_invalid_rollback_and_reboot() {
  fakes::expect_task("esp_ota_mark_app_invalid_rollback_and_reboot");
  if (failure != ESP_OK) return failure;
  fakes::updates().returned = true;
  return ESP_OK;
}

void esp_restart() { ++fakes::updates().restarts; }
