// ports/wifi.h by esp_wifi. The driver's own store is not used: what a network is called is the program's to remember.
// Where IDF's examples end the program when memory is short (esp_netif_create_default_wifi_sta()), this says so.

#include "ports/wifi.h"

#include <algorithm>

#include "esp_event.h"
#include "esp_mac.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "ports/esp_idf/name_server.h"
#include "ports/esp_idf/network.h"
#include "ports/esp_idf/wifi_events.h"

namespace thimble::port {
namespace {

constexpr uint32_t kStackBytes = 4096;
constexpr UBaseType_t kPriority = 3;  // above the program, which computes for minutes, and the console
constexpr uint8_t kMostGuests = 4;
constexpr uint8_t kChannel = 1;  // until a network is joined, whose channel the access point then has
// Told by DHCP (option 114, RFC 8910): where a guest's phone finds the page, without asking around.
char portal_uri[] = "http://192.168.4.1/setup/";

StaticTask_t task_state;
StackType_t task_stack[kStackBytes];
esp_netif_t* station = nullptr;
esp_netif_t* access_point = nullptr;
bool is_open = false;

void (*program)(void* self) = nullptr;

Status out_of_memory() { return Status::error(Code::kOutOfMemory, "Wi-Fi"); }
Status refused() { return Status::error(Code::kUnsupported, "Wi-Fi"); }
Status status_of(esp_err_t error) {
  return error == ESP_OK ? Status() : error == ESP_ERR_NO_MEM ? out_of_memory() : refused();
}

// Both interfaces, once: they stay when the radio is closed.
Status make_interfaces() {
  THIMBLE_RETURN_IF_ERROR(esp_idf::start_network());
  if (!esp_idf::watch_wifi_events()) return out_of_memory();
  if (station == nullptr) {
    const esp_netif_config_t config = ESP_NETIF_DEFAULT_WIFI_STA();
    station = esp_netif_new(&config);
    if (station == nullptr) return out_of_memory();
    THIMBLE_RETURN_IF_ERROR(status_of(esp_netif_attach_wifi_station(station)));
    THIMBLE_RETURN_IF_ERROR(status_of(esp_wifi_set_default_wifi_sta_handlers()));
  }
  if (access_point == nullptr) {
    const esp_netif_config_t config = ESP_NETIF_DEFAULT_WIFI_AP();
    access_point = esp_netif_new(&config);
    if (access_point == nullptr) return out_of_memory();
    THIMBLE_RETURN_IF_ERROR(status_of(esp_netif_attach_wifi_ap(access_point)));
    THIMBLE_RETURN_IF_ERROR(status_of(esp_wifi_set_default_wifi_ap_handlers()));
    (void)esp_netif_dhcps_option(access_point, ESP_NETIF_OP_SET, ESP_NETIF_CAPTIVEPORTAL_URI, portal_uri,
                                 sizeof portal_uri - 1);
  }
  return {};
}

esp_err_t start_radio() {
  esp_err_t error = esp_wifi_set_storage(WIFI_STORAGE_RAM);
  if (error == ESP_OK) error = esp_wifi_set_mode(WIFI_MODE_STA);
  if (error == ESP_OK) error = esp_wifi_start();
  // A board on a cable answers sooner when it does not sleep between beacons.
  if (error == ESP_OK) error = esp_wifi_set_ps(WIFI_PS_NONE);
  return error;
}

template <size_t N>
void copy_text(const char* text, uint8_t (&out)[N]) {
  std::copy_n(text, std::min(N, std::string_view(text).size()), out);
}

void run_program(void* self) {
  program(self);
  vTaskDelete(nullptr);
}

}  // namespace

Status start_network_task(void (*run)(void* self), void* self) {
  // Also where Wi-Fi is off: the page's server opens a socket at the start, and without a stack IDF ends the program.
  THIMBLE_RETURN_IF_ERROR(esp_idf::start_network());
  program = run;
  const TaskHandle_t task = xTaskCreateStaticPinnedToCore(run_program, "thimble_network", kStackBytes, self, kPriority,
                                                          task_stack, &task_state, tskNO_AFFINITY);
  return task != nullptr ? Status() : Status::error(Code::kOutOfMemory, "network task");
}

uint16_t wifi_number() {
  uint8_t mac[6] = {};
  (void)esp_read_mac(mac, ESP_MAC_WIFI_STA);
  return static_cast<uint16_t>(mac[4] << 8 | mac[5]);
}

Status open_wifi() {
  THIMBLE_RETURN_IF_ERROR(make_interfaces());
  wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();
  config.nvs_enable = 0;
  THIMBLE_RETURN_IF_ERROR(status_of(esp_wifi_init(&config)));
  esp_idf::forget_wifi_events();
  const esp_err_t error = start_radio();
  is_open = error == ESP_OK;
  if (!is_open) (void)esp_wifi_deinit();
  return status_of(error);
}

void close_wifi() {
  if (!is_open) return;
  is_open = false;
  esp_idf::close_name_server();
  (void)esp_wifi_stop();
  (void)esp_wifi_deinit();
  esp_idf::forget_wifi_events();
}

// Packets are looked for longer than events, of which most come when nobody asks for names.
WifiEvent wait_for_wifi(uint32_t milliseconds) {
  constexpr uint32_t kSliceMs = 50;
  WifiEvent event;
  for (;;) {
    if (is_open && esp_idf::next_wifi_event(0, &event)) return event;
    const uint32_t slice = std::min(milliseconds, kSliceMs);
    event.packet = esp_idf::wait_for_query(slice);
    milliseconds -= slice;
    if (!event.packet.empty()) event.kind = WifiEvent::Kind::kQuery;
    if (!event.packet.empty() || milliseconds == 0) return event;
  }
}

// --- the access point ---

Status open_access_point(const char* name, const char* password) {
  wifi_config_t config = {};
  copy_text(name, config.ap.ssid);
  copy_text(password, config.ap.password);
  config.ap.ssid_len = static_cast<uint8_t>(std::min(sizeof config.ap.ssid, std::string_view(name).size()));
  config.ap.channel = kChannel;
  config.ap.authmode = password[0] == '\0' ? WIFI_AUTH_OPEN : WIFI_AUTH_WPA2_PSK;
  config.ap.max_connection = kMostGuests;
  esp_err_t error = esp_wifi_set_mode(WIFI_MODE_APSTA);
  if (error == ESP_OK) error = esp_wifi_set_config(WIFI_IF_AP, &config);
  if (error == ESP_OK && !esp_idf::open_name_server(kAccessPointAddress)) error = ESP_ERR_NO_MEM;
  if (error != ESP_OK) (void)esp_wifi_set_mode(WIFI_MODE_STA);
  return status_of(error);
}

void close_access_point() {
  esp_idf::close_name_server();
  (void)esp_wifi_set_mode(WIFI_MODE_STA);
}

void answer_query(std::span<const uint8_t> packet) { esp_idf::answer_last_query(packet); }

// --- a network ---

Status join_wifi(const char* ssid, const char* password) {
  wifi_config_t config = {};
  copy_text(ssid, config.sta.ssid);
  copy_text(password, config.sta.password);
  config.sta.scan_method = WIFI_ALL_CHANNEL_SCAN;  // of several stations of that name, the nearest
  config.sta.sort_method = WIFI_CONNECT_AP_BY_SIGNAL;
  config.sta.sae_pwe_h2e = WPA3_SAE_PWE_BOTH;
  esp_idf::forget_wifi_events();
  esp_err_t error = esp_wifi_set_config(WIFI_IF_STA, &config);
  if (error == ESP_OK) error = esp_wifi_connect();
  const bool impossible = error == ESP_ERR_WIFI_SSID || error == ESP_ERR_WIFI_PASSWORD;
  return impossible ? Status::error(Code::kInvalidArgument, "Wi-Fi") : status_of(error);
}

void leave_wifi() {
  (void)esp_wifi_disconnect();
  esp_idf::forget_wifi_events();
}

int8_t wifi_signal() {
  int rssi = 0;
  return is_open && esp_wifi_sta_get_rssi(&rssi) == ESP_OK ? static_cast<int8_t>(rssi) : int8_t{0};
}

Status begin_scan() { return status_of(esp_wifi_scan_start(nullptr, false)); }

void stop_scan() {
  (void)esp_wifi_scan_stop();
  (void)esp_wifi_clear_ap_list();
  esp_idf::forget_wifi_events();
}

// The driver gives each record's memory back as it is read.
bool next_scanned(WifiNetwork* network) {
  wifi_ap_record_t record = {};
  if (esp_wifi_scan_get_ap_record(&record) != ESP_OK) return false;
  *network = {};
  std::string_view(reinterpret_cast<const char*>(record.ssid)).copy(network->ssid, kMostSsidBytes);
  network->rssi = record.rssi;
  network->secured = record.authmode != WIFI_AUTH_OPEN && record.authmode != WIFI_AUTH_OWE;
  return true;
}

}  // namespace thimble::port
