#pragma once

#include <cstddef>
#include <cstdint>

#include "esp_err.h"

inline constexpr esp_err_t ESP_ERR_NVS_NOT_INITIALIZED = 0x1101;
inline constexpr esp_err_t ESP_ERR_NVS_NOT_FOUND = 0x1102;
inline constexpr esp_err_t ESP_ERR_NVS_READ_ONLY = 0x1104;
inline constexpr esp_err_t ESP_ERR_NVS_NOT_ENOUGH_SPACE = 0x1105;
inline constexpr esp_err_t ESP_ERR_NVS_INVALID_NAME = 0x1106;
inline constexpr esp_err_t ESP_ERR_NVS_INVALID_HANDLE = 0x1107;
inline constexpr esp_err_t ESP_ERR_NVS_KEY_TOO_LONG = 0x1109;
inline constexpr esp_err_t ESP_ERR_NVS_INVALID_LENGTH = 0x110c;
inline constexpr esp_err_t ESP_ERR_NVS_NO_FREE_PAGES = 0x110d;
inline constexpr esp_err_t ESP_ERR_NVS_VALUE_TOO_LONG = 0x110e;
inline constexpr esp_err_t ESP_ERR_NVS_PART_NOT_FOUND = 0x110f;
inline constexpr esp_err_t ESP_ERR_NVS_NEW_VERSION_FOUND = 0x1110;

using nvs_handle_t = uint32_t;
enum nvs_open_mode_t { NVS_READONLY, NVS_READWRITE };

esp_err_t nvs_open(const char* namespace_name, nvs_open_mode_t mode, nvs_handle_t* handle);
void nvs_close(nvs_handle_t handle);
esp_err_t nvs_commit(nvs_handle_t handle);
esp_err_t nvs_get_blob(nvs_handle_t handle, const char* key, void* out, size_t* length);
esp_err_t nvs_set_blob(nvs_handle_t handle, const char* key, const void* value, size_t length);
esp_err_t nvs_erase_key(nvs_handle_t handle, const char* key);
