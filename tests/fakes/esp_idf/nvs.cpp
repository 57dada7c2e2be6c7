// NVS: values in namespaces, which count once they are committed.

#include "nvs.h"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "fakes.h"
#include "nvs_flash.h"

namespace {

constexpr size_t kMostNameBytes = 15;

using Values = std::map<std::string, std::vector<std::byte>>;

struct Handle {
  std::string space;
  nvs_open_mode_t mode = NVS_READONLY;
  Values changed;  // not committed
};

fakes::Nvs state = fakes::Nvs::kFresh;
esp_err_t failure = ESP_OK;
bool initialised = false;
std::map<std::string, Values> spaces;
std::map<nvs_handle_t, Handle> handles;
nvs_handle_t last_handle = 0;

Handle& handle_of(nvs_handle_t handle, const char* call) {
  fakes::expect_task(call);
  fakes::expect(handles.contains(handle), call, "no such handle");
  return handles[handle];
}

esp_err_t check_name(const char* name, const char* call) {
  fakes::expect(name != nullptr && name[0] != '\0', call, "an empty name");
  return std::strlen(name) > kMostNameBytes ? ESP_ERR_NVS_KEY_TOO_LONG : ESP_OK;
}

}  // namespace

namespace fakes {

void set_nvs(Nvs new_state) { state = new_state; }
void fail_nvs(int error) { failure = error; }
size_t nvs_values() {
  size_t count = 0;
  for (const auto& [name, values] : spaces) count += values.size();
  return count;
}

}  // namespace fakes

esp_err_t nvs_flash_init() {
  fakes::expect_task("nvs_flash_init");
  if (state == fakes::Nvs::kAbsent) return ESP_ERR_NOT_FOUND;
  if (state == fakes::Nvs::kUnreadable) return ESP_ERR_NVS_NEW_VERSION_FOUND;
  initialised = true;
  return ESP_OK;
}

// Closes it, too.
esp_err_t nvs_flash_erase() {
  fakes::expect_task("nvs_flash_erase");
  if (state == fakes::Nvs::kAbsent) return ESP_ERR_NOT_FOUND;
  if (failure != ESP_OK) return failure;
  state = fakes::Nvs::kFresh;
  spaces.clear();
  handles.clear();
  initialised = false;
  return ESP_OK;
}

esp_err_t nvs_open(const char* space, nvs_open_mode_t mode, nvs_handle_t* handle) {
  fakes::expect_task("nvs_open");
  if (!initialised) return ESP_ERR_NVS_NOT_INITIALIZED;
  const esp_err_t error = check_name(space, "nvs_open");
  if (error != ESP_OK) return error;
  if (mode == NVS_READONLY && !spaces.contains(space)) return ESP_ERR_NVS_NOT_FOUND;
  spaces[space];
  *handle = ++last_handle;
  handles[*handle] = {space, mode, spaces[space]};
  return ESP_OK;
}

void nvs_close(nvs_handle_t handle) {
  (void)handle_of(handle, "nvs_close");
  handles.erase(handle);
}

esp_err_t nvs_commit(nvs_handle_t handle) {
  Handle& it = handle_of(handle, "nvs_commit");
  if (failure != ESP_OK) return failure;
  spaces[it.space] = it.changed;
  return ESP_OK;
}

esp_err_t nvs_get_blob(nvs_handle_t handle, const char* key, void* out, size_t* length) {
  Handle& it = handle_of(handle, "nvs_get_blob");
  fakes::expect(length != nullptr, "nvs_get_blob", "no length");
  const esp_err_t error = check_name(key, "nvs_get_blob");
  if (error != ESP_OK) return error;
  if (failure != ESP_OK) return failure;
  const auto found = it.changed.find(key);
  if (found == it.changed.end()) return ESP_ERR_NVS_NOT_FOUND;
  if (out != nullptr && *length < found->second.size()) return ESP_ERR_NVS_INVALID_LENGTH;
  *length = found->second.size();
  if (out != nullptr) std::memcpy(out, found->second.data(), *length);
  return ESP_OK;
}

esp_err_t nvs_set_blob(nvs_handle_t handle, const char* key, const void* value, size_t length) {
  Handle& it = handle_of(handle, "nvs_set_blob");
  fakes::expect(value != nullptr || length == 0, "nvs_set_blob", "no value");
  const esp_err_t error = check_name(key, "nvs_set_blob");
  if (error != ESP_OK) return error;
  if (it.mode == NVS_READONLY) return ESP_ERR_NVS_READ_ONLY;
  if (failure != ESP_OK) return failure;
  const auto* bytes = static_cast<const std::byte*>(value);
  it.changed[key].assign(bytes, bytes + length);
  return ESP_OK;
}

esp_err_t nvs_erase_key(nvs_handle_t handle, const char* key) {
  Handle& it = handle_of(handle, "nvs_erase_key");
  const esp_err_t error = check_name(key, "nvs_erase_key");
  if (error != ESP_OK) return error;
  if (it.mode == NVS_READONLY) return ESP_ERR_NVS_READ_ONLY;
  if (failure != ESP_OK) return failure;
  return it.changed.erase(key) == 1 ? ESP_OK : ESP_ERR_NVS_NOT_FOUND;
}
