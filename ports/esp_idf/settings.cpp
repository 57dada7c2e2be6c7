// Settings in NVS, in a namespace of their own. NVS replaces a value so that a cut of the power leaves the old one or
// the new one: nvs_flash.rst, "Power-off recovery".

#include "ports/settings.h"

#include "nvs.h"
#include "nvs_flash.h"

namespace thimble::port {
namespace {

constexpr const char* kNamespace = "thimble";

Status failed(esp_err_t error) {
  switch (error) {
    case ESP_OK:
      return {};
    case ESP_ERR_NVS_NOT_FOUND:
      return Status::error(Code::kNotReady, "setting");
    case ESP_ERR_NVS_INVALID_LENGTH:
      return Status::error(Code::kTextTooLong, "setting");
    case ESP_ERR_NVS_NOT_ENOUGH_SPACE:
    case ESP_ERR_NO_MEM:
      return Status::error(Code::kOutOfMemory, "settings");
    case ESP_ERR_NVS_KEY_TOO_LONG:
    case ESP_ERR_NVS_VALUE_TOO_LONG:
    case ESP_ERR_NVS_INVALID_NAME:
      return Status::error(Code::kInvalidArgument, "setting");
    default:
      return Status::error(Code::kReadFailed, "settings");
  }
}

// Once. What an older IDF wrote in another format, or a partition that was cut short, cannot be read any more.
esp_err_t open_store() {
  static esp_err_t opened = ESP_ERR_NVS_NOT_INITIALIZED;
  if (opened == ESP_OK) return opened;
  opened = nvs_flash_init();
  const bool unreadable = opened == ESP_ERR_NVS_NO_FREE_PAGES || opened == ESP_ERR_NVS_NEW_VERSION_FOUND;
  if (unreadable && nvs_flash_erase() == ESP_OK) opened = nvs_flash_init();
  return opened;
}

// Runs `work` on our namespace.
template <class Work>
esp_err_t with_store(nvs_open_mode_t mode, Work work) {
  esp_err_t error = open_store();
  nvs_handle_t handle = 0;
  if (error == ESP_OK) error = nvs_open(kNamespace, mode, &handle);
  if (error != ESP_OK) return error;
  error = work(handle);
  if (error == ESP_OK && mode == NVS_READWRITE) error = nvs_commit(handle);
  nvs_close(handle);
  return error;
}

}  // namespace

Result<size_t> load_setting(const char* name, std::span<std::byte> out) {
  size_t bytes = out.size();
  const esp_err_t error =
      with_store(NVS_READONLY, [&](nvs_handle_t store) { return nvs_get_blob(store, name, out.data(), &bytes); });
  if (error != ESP_OK) return failed(error);
  return bytes;
}

Status store_setting(const char* name, std::span<const std::byte> value) {
  if (value.size() > kMostSettingBytes) return failed(ESP_ERR_NVS_VALUE_TOO_LONG);
  return failed(with_store(NVS_READWRITE,
                           [&](nvs_handle_t store) { return nvs_set_blob(store, name, value.data(), value.size()); }));
}

Status forget_setting(const char* name) {
  const esp_err_t error = with_store(NVS_READWRITE, [&](nvs_handle_t store) { return nvs_erase_key(store, name); });
  return error == ESP_ERR_NVS_NOT_FOUND ? Status() : failed(error);
}

// The whole partition: the radio's driver has a namespace in it, too.
Status forget_all_settings() { return failed(nvs_flash_erase()); }

}  // namespace thimble::port
