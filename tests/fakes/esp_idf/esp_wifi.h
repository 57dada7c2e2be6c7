#pragma once

#include <cstdint>

#include "esp_err.h"
#include "esp_event.h"
#include "esp_netif.h"

inline constexpr esp_err_t ESP_ERR_WIFI_SSID = 0x300a;
inline constexpr esp_err_t ESP_ERR_WIFI_PASSWORD = 0x300b;
inline constexpr esp_err_t ESP_ERR_WIFI_NOT_CONNECT = 0x300f;

enum wifi_mode_t { WIFI_MODE_NULL, WIFI_MODE_STA, WIFI_MODE_AP, WIFI_MODE_APSTA };
enum wifi_interface_t { WIFI_IF_STA, WIFI_IF_AP };
enum wifi_storage_t { WIFI_STORAGE_FLASH, WIFI_STORAGE_RAM };
enum wifi_ps_type_t { WIFI_PS_NONE, WIFI_PS_MIN_MODEM };
enum wifi_auth_mode_t { WIFI_AUTH_OPEN, WIFI_AUTH_WEP, WIFI_AUTH_WPA_PSK, WIFI_AUTH_WPA2_PSK, WIFI_AUTH_OWE = 10 };
enum wifi_scan_method_t { WIFI_FAST_SCAN, WIFI_ALL_CHANNEL_SCAN };
enum wifi_sort_method_t { WIFI_CONNECT_AP_BY_SIGNAL, WIFI_CONNECT_AP_BY_SECURITY };
enum wifi_sae_pwe_method_t { WPA3_SAE_PWE_UNSPECIFIED, WPA3_SAE_PWE_BOTH = 3 };

enum wifi_err_reason_t {
  WIFI_REASON_AUTH_EXPIRE = 2,
  WIFI_REASON_ASSOC_LEAVE = 8,
  WIFI_REASON_MIC_FAILURE = 14,
  WIFI_REASON_4WAY_HANDSHAKE_TIMEOUT = 15,
  WIFI_REASON_802_1X_AUTH_FAILED = 23,
  WIFI_REASON_BEACON_TIMEOUT = 200,
  WIFI_REASON_NO_AP_FOUND = 201,
  WIFI_REASON_AUTH_FAIL = 202,
  WIFI_REASON_HANDSHAKE_TIMEOUT = 204,
  WIFI_REASON_NO_AP_FOUND_W_COMPATIBLE_SECURITY = 210,
  WIFI_REASON_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD = 211,
  WIFI_REASON_NO_AP_FOUND_IN_RSSI_THRESHOLD = 212,
};

struct wifi_init_config_t {
  int nvs_enable;
  int magic;
};
inline constexpr int WIFI_INIT_CONFIG_MAGIC = 0x1f2f3f4f;
#define WIFI_INIT_CONFIG_DEFAULT() \
  { 1, WIFI_INIT_CONFIG_MAGIC }

struct wifi_ap_config_t {
  uint8_t ssid[32];
  uint8_t password[64];
  uint8_t ssid_len;
  uint8_t channel;
  wifi_auth_mode_t authmode;
  uint8_t max_connection;
};
struct wifi_sta_config_t {
  uint8_t ssid[32];
  uint8_t password[64];
  wifi_scan_method_t scan_method;
  wifi_sort_method_t sort_method;
  wifi_sae_pwe_method_t sae_pwe_h2e;
};
union wifi_config_t {
  wifi_ap_config_t ap;
  wifi_sta_config_t sta;
};
struct wifi_ap_record_t {
  uint8_t ssid[33];
  int8_t rssi;
  wifi_auth_mode_t authmode;
};
struct wifi_scan_config_t;

extern const esp_event_base_t WIFI_EVENT;
enum wifi_event_t {
  WIFI_EVENT_SCAN_DONE = 1,
  WIFI_EVENT_STA_CONNECTED = 4,
  WIFI_EVENT_STA_DISCONNECTED = 5,
  WIFI_EVENT_AP_STOP = 13,
  WIFI_EVENT_AP_STACONNECTED = 14,
  WIFI_EVENT_AP_STADISCONNECTED = 15,
};
struct wifi_event_sta_disconnected_t {
  uint8_t ssid[32];
  uint8_t ssid_len;
  uint8_t bssid[6];
  uint8_t reason;
  int8_t rssi;
};
struct wifi_event_sta_scan_done_t {
  uint32_t status;
  uint8_t number;
  uint8_t scan_id;
};

esp_err_t esp_wifi_init(const wifi_init_config_t* config);
esp_err_t esp_wifi_deinit();
esp_err_t esp_wifi_start();
esp_err_t esp_wifi_stop();
esp_err_t esp_wifi_set_storage(wifi_storage_t storage);
esp_err_t esp_wifi_set_mode(wifi_mode_t mode);
esp_err_t esp_wifi_set_config(wifi_interface_t interface, wifi_config_t* config);
esp_err_t esp_wifi_set_ps(wifi_ps_type_t type);
esp_err_t esp_wifi_connect();
esp_err_t esp_wifi_disconnect();
esp_err_t esp_wifi_scan_start(const wifi_scan_config_t* config, bool block);
esp_err_t esp_wifi_scan_stop();
esp_err_t esp_wifi_scan_get_ap_record(wifi_ap_record_t* record);
esp_err_t esp_wifi_clear_ap_list();
esp_err_t esp_wifi_sta_get_rssi(int* rssi);

esp_err_t esp_netif_attach_wifi_station(esp_netif_t* netif);
esp_err_t esp_netif_attach_wifi_ap(esp_netif_t* netif);
esp_err_t esp_wifi_set_default_wifi_sta_handlers();
esp_err_t esp_wifi_set_default_wifi_ap_handlers();
