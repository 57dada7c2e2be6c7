// The radio: interfaces, events, the driver, and one UDP socket at port 53. The air is the test's.

#include "esp_wifi.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "esp_mac.h"
#include "fakes.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "lwip/sockets.h"
#include "mdns.h"

using fakes::expect;
using fakes::expect_task;

struct esp_netif_obj {
  std::string key;
  bool attached = false;
};

const esp_event_base_t WIFI_EVENT = "WIFI_EVENT";
const esp_event_base_t IP_EVENT = "IP_EVENT";

namespace {

struct Handler {
  esp_event_base_t base;
  int32_t id;
  esp_event_handler_t call;
  void* argument;
};

fakes::Radio radio;
bool stack = false;  // esp_netif_init()
bool loop = false;
std::deque<esp_netif_obj> interfaces;
bool station_handlers = false;
bool access_point_handlers = false;
std::vector<Handler> handlers;
std::deque<wifi_ap_record_t> found;
bool list_in_memory = false;

bool has_station() { return radio.mode == WIFI_MODE_STA || radio.mode == WIFI_MODE_APSTA; }
bool has_access_point() { return radio.mode == WIFI_MODE_AP || radio.mode == WIFI_MODE_APSTA; }

void expect_driver(const char* call) {
  expect_task(call);
  expect(radio.installed, call, "esp_wifi_init() comes first");
}
void expect_started(const char* call) {
  expect_driver(call);
  expect(radio.started, call, "esp_wifi_start() comes first");
}

template <size_t N>
std::string text_of(const uint8_t (&bytes)[N]) {
  const char* const text = reinterpret_cast<const char*>(bytes);
  return {text, strnlen(text, N)};
}

}  // namespace

namespace fakes {

Radio& wifi_radio() { return radio; }

void wifi_happens(esp_event_base_t base, int32_t id, void* data) {
  for (const Handler& handler : handlers) {
    if (handler.base == base && (handler.id == ESP_EVENT_ANY_ID || handler.id == id)) {
      handler.call(handler.argument, base, id, data);
    }
  }
}

void wifi_disconnects(uint8_t reason) {
  radio.connecting = radio.connected = false;
  wifi_event_sta_disconnected_t event = {};
  event.reason = reason;
  wifi_happens(WIFI_EVENT, WIFI_EVENT_STA_DISCONNECTED, &event);
}

void wifi_gets_address(uint32_t address) {
  radio.connecting = false;
  radio.connected = true;
  ip_event_got_ip_t event = {};
  event.ip_info.ip.addr = htonl(address);
  wifi_happens(IP_EVENT, IP_EVENT_STA_GOT_IP, &event);
}

void wifi_scan_ends(std::vector<ScannedNetwork> networks, uint32_t status) {
  radio.scanning = false;
  list_in_memory = !networks.empty();
  for (const ScannedNetwork& network : networks) {
    wifi_ap_record_t record = {};
    network.ssid.copy(reinterpret_cast<char*>(record.ssid), 32);
    record.rssi = network.rssi;
    record.authmode = static_cast<wifi_auth_mode_t>(network.authmode);
    found.push_back(record);
  }
  wifi_event_sta_scan_done_t event = {};
  event.status = status;
  wifi_happens(WIFI_EVENT, WIFI_EVENT_SCAN_DONE, &event);
}

bool wifi_list_is_free() { return !list_in_memory; }

}  // namespace fakes

// --- interfaces and events ---

esp_err_t esp_netif_init() {
  expect_task("esp_netif_init");
  stack = true;
  return ESP_OK;
}

esp_netif_t* esp_netif_new(const esp_netif_config_t* config) {
  expect(stack, "esp_netif_new", "esp_netif_init() comes first");
  if (radio.out_of_memory) return nullptr;
  for (const esp_netif_obj& other : interfaces) expect(other.key != config->key, "esp_netif_new", "a key given twice");
  return &interfaces.emplace_back(esp_netif_obj{config->key});
}

esp_err_t esp_netif_dhcps_option(esp_netif_t* netif, esp_netif_dhcp_option_mode_t mode, esp_netif_dhcp_option_id_t id,
                                 void* value, uint32_t length) {
  expect(netif != nullptr && value != nullptr, "esp_netif_dhcps_option", "no interface or no value");
  expect(!radio.started || !has_access_point(), "esp_netif_dhcps_option", "the DHCP server runs");
  if (mode == ESP_NETIF_OP_SET && id == ESP_NETIF_CAPTIVEPORTAL_URI) {
    radio.portal_uri = {static_cast<const char*>(value), length};
  }
  return ESP_OK;
}

esp_err_t esp_netif_attach_wifi_station(esp_netif_t* netif) {
  expect(netif != nullptr && !netif->attached, "esp_netif_attach_wifi_station", "no interface, or one attached twice");
  netif->attached = true;
  return ESP_OK;
}
esp_err_t esp_netif_attach_wifi_ap(esp_netif_t* netif) {
  expect(netif != nullptr && !netif->attached, "esp_netif_attach_wifi_ap", "no interface, or one attached twice");
  netif->attached = true;
  return ESP_OK;
}
esp_err_t esp_wifi_set_default_wifi_sta_handlers() {
  expect(loop, "esp_wifi_set_default_wifi_sta_handlers", "the event loop comes first");
  station_handlers = true;
  return ESP_OK;
}
esp_err_t esp_wifi_set_default_wifi_ap_handlers() {
  expect(loop, "esp_wifi_set_default_wifi_ap_handlers", "the event loop comes first");
  access_point_handlers = true;
  return ESP_OK;
}

esp_err_t esp_event_loop_create_default() {
  expect_task("esp_event_loop_create_default");
  if (loop) return ESP_ERR_INVALID_STATE;
  loop = true;
  return ESP_OK;
}

esp_err_t esp_event_handler_register(esp_event_base_t base, int32_t id, esp_event_handler_t handler, void* argument) {
  expect(loop, "esp_event_handler_register", "esp_event_loop_create_default() comes first");
  expect(handler != nullptr, "esp_event_handler_register", "no handler");
  handlers.push_back({base, id, handler, argument});
  return ESP_OK;
}

// --- the driver ---

esp_err_t esp_wifi_init(const wifi_init_config_t* config) {
  expect_task("esp_wifi_init");
  expect(config != nullptr && config->magic == WIFI_INIT_CONFIG_MAGIC, "esp_wifi_init",
         "a configuration that WIFI_INIT_CONFIG_DEFAULT() did not begin");
  expect(!radio.installed, "esp_wifi_init", "called twice without esp_wifi_deinit()");
  expect(loop && station_handlers && access_point_handlers, "esp_wifi_init", "interfaces and events come first");
  if (radio.out_of_memory) return ESP_ERR_NO_MEM;
  radio.installed = true;
  radio.uses_nvs = config->nvs_enable != 0;
  return ESP_OK;
}

esp_err_t esp_wifi_deinit() {
  expect_driver("esp_wifi_deinit");
  expect(!radio.started, "esp_wifi_deinit", "esp_wifi_stop() comes first");
  radio.installed = false;
  return ESP_OK;
}

esp_err_t esp_wifi_start() {
  expect_driver("esp_wifi_start");
  expect(radio.mode != WIFI_MODE_NULL, "esp_wifi_start", "no mode");
  if (radio.start_fails) return ESP_ERR_NO_MEM;
  radio.started = true;
  return ESP_OK;
}

esp_err_t esp_wifi_stop() {
  expect_driver("esp_wifi_stop");
  radio.started = radio.connecting = radio.connected = radio.scanning = false;
  return ESP_OK;
}

esp_err_t esp_wifi_set_storage(wifi_storage_t storage) {
  expect_driver("esp_wifi_set_storage");
  radio.stores = storage == WIFI_STORAGE_FLASH;
  return ESP_OK;
}

esp_err_t esp_wifi_set_mode(wifi_mode_t mode) {
  expect_driver("esp_wifi_set_mode");
  if (mode == WIFI_MODE_APSTA && radio.access_point_fails) return ESP_FAIL;
  const bool had = has_access_point();
  radio.mode = mode;
  if (had && !has_access_point()) fakes::wifi_happens(WIFI_EVENT, WIFI_EVENT_AP_STOP, nullptr);
  return ESP_OK;
}

esp_err_t esp_wifi_set_config(wifi_interface_t interface, wifi_config_t* config) {
  expect_driver("esp_wifi_set_config");
  expect(interface == WIFI_IF_STA ? has_station() : has_access_point(), "esp_wifi_set_config",
         "an interface that is not enabled");
  if (interface == WIFI_IF_AP) {
    expect(config->ap.channel >= 1 && config->ap.channel <= 13, "esp_wifi_set_config", "no such channel");
    expect(config->ap.ssid_len <= 32, "esp_wifi_set_config", "too long a name");
    radio.access_point_name.assign(reinterpret_cast<const char*>(config->ap.ssid), config->ap.ssid_len);
    radio.access_point_password = text_of(config->ap.password);
    radio.access_point_is_open = config->ap.authmode == WIFI_AUTH_OPEN;
    radio.most_guests = config->ap.max_connection;
    return ESP_OK;
  }
  expect(!radio.connecting, "esp_wifi_set_config", "while the station connects");
  radio.ssid = text_of(config->sta.ssid);
  radio.password = text_of(config->sta.password);
  return ESP_OK;
}

esp_err_t esp_wifi_set_ps(wifi_ps_type_t type) {
  expect_driver("esp_wifi_set_ps");
  radio.sleeps = type != WIFI_PS_NONE;
  return ESP_OK;
}

esp_err_t esp_wifi_connect() {
  expect_started("esp_wifi_connect");
  expect(has_station(), "esp_wifi_connect", "without a station");
  expect(!radio.connected, "esp_wifi_connect", "esp_wifi_disconnect() comes first");
  expect(!radio.scanning, "esp_wifi_connect", "while it scans");
  if (radio.ssid.empty()) return ESP_ERR_WIFI_SSID;
  radio.connecting = true;
  return ESP_OK;
}

esp_err_t esp_wifi_disconnect() {
  expect_started("esp_wifi_disconnect");
  if (radio.connecting || radio.connected) fakes::wifi_disconnects(WIFI_REASON_ASSOC_LEAVE);
  return ESP_OK;
}

esp_err_t esp_wifi_scan_start(const wifi_scan_config_t*, bool) {
  expect_started("esp_wifi_scan_start");
  expect(!radio.connecting, "esp_wifi_scan_start", "while the station connects");
  expect(!list_in_memory, "esp_wifi_scan_start", "the last list is still in memory");
  radio.scanning = true;
  return ESP_OK;
}

esp_err_t esp_wifi_scan_stop() {
  expect_started("esp_wifi_scan_stop");
  radio.scanning = false;
  return ESP_OK;
}

esp_err_t esp_wifi_scan_get_ap_record(wifi_ap_record_t* record) {
  expect_started("esp_wifi_scan_get_ap_record");
  expect(!radio.scanning, "esp_wifi_scan_get_ap_record", "before the scan is done");
  if (found.empty()) return ESP_FAIL;
  *record = found.front();
  found.pop_front();
  list_in_memory = !found.empty();
  return ESP_OK;
}

esp_err_t esp_wifi_clear_ap_list() {
  expect_started("esp_wifi_clear_ap_list");
  found.clear();
  list_in_memory = false;
  return ESP_OK;
}

esp_err_t esp_wifi_sta_get_rssi(int* rssi) {
  expect_driver("esp_wifi_sta_get_rssi");
  if (!radio.connected) return ESP_ERR_WIFI_NOT_CONNECT;
  *rssi = -61;
  return ESP_OK;
}

esp_err_t esp_read_mac(uint8_t* mac, esp_mac_type_t) {
  constexpr uint8_t kMac[] = {0x24, 0x0a, 0xc4, 0x00, 0x1a, 0x2b};
  std::memcpy(mac, kMac, sizeof kMac);
  return ESP_OK;
}

// --- the name ---

esp_err_t mdns_init() {
  expect(loop, "mdns_init", "the event loop comes first");
  expect(radio.name.empty(), "mdns_init", "called twice");
  radio.name = "?";
  return radio.out_of_memory ? ESP_ERR_NO_MEM : ESP_OK;
}
esp_err_t mdns_hostname_set(const char* name) {
  expect(!radio.name.empty(), "mdns_hostname_set", "mdns_init() comes first");
  radio.name = name;
  return ESP_OK;
}
esp_err_t mdns_instance_name_set(const char*) {
  expect(!radio.name.empty(), "mdns_instance_name_set", "mdns_init() comes first");
  return ESP_OK;
}
esp_err_t mdns_service_add(const char*, const char* type, const char* protocol, uint16_t port, mdns_txt_item_t*,
                           size_t) {
  expect(radio.name != "?" && !radio.name.empty(), "mdns_service_add", "mdns_hostname_set() comes first");
  radio.service = std::string(type) + protocol + ":" + std::to_string(port);
  return ESP_OK;
}

// --- the socket ---

namespace {

constexpr int kSocket = 54;
bool socket_open = false;
sockaddr_in bound = {};
std::deque<std::string> packets;

}  // namespace

namespace fakes {

void send_query(std::string packet) { packets.push_back(std::move(packet)); }
bool name_server_is_open() { return socket_open; }
uint32_t name_server_address() { return ntohl(bound.sin_addr.s_addr); }

}  // namespace fakes

int lwip_socket(int domain, int type, int) {
  expect_task("socket");
  expect(stack, "socket", "esp_netif_init() comes first");
  expect(domain == AF_INET && type == SOCK_DGRAM, "socket", "another kind than the fake knows");
  expect(!socket_open, "socket", "a second one");
  if (radio.no_sockets) return -1;
  socket_open = true;
  return kSocket;
}

int lwip_bind(int socket, const sockaddr* name, socklen_t length) {
  expect(socket_open && socket == kSocket && length == sizeof bound, "bind", "no socket, or no address");
  std::memcpy(&bound, name, length);
  expect(ntohs(bound.sin_port) == 53, "bind", "another port than the fake knows");
  return radio.no_port ? -1 : 0;
}

int lwip_select(int count, fd_set*, fd_set*, fd_set*, timeval* timeout) {
  expect(socket_open && count == kSocket + 1, "select", "no socket");
  if (packets.empty())
    vTaskDelay(pdMS_TO_TICKS(static_cast<uint32_t>(timeout->tv_sec * 1000 + timeout->tv_usec / 1000)));
  return packets.empty() ? 0 : 1;
}

ssize_t lwip_recvfrom(int socket, void* bytes, size_t length, int, sockaddr* from, socklen_t* from_length) {
  expect(socket_open && socket == kSocket, "recvfrom", "no socket");
  expect(*from_length == sizeof(sockaddr_in), "recvfrom", "no room for an address");
  if (packets.empty()) return -1;
  sockaddr_in sender = {};
  sender.sin_family = AF_INET;
  sender.sin_port = htons(4321);
  std::memcpy(from, &sender, sizeof sender);
  const size_t size = std::min(length, packets.front().size());
  std::memcpy(bytes, packets.front().data(), size);
  packets.pop_front();
  return static_cast<ssize_t>(size);
}

ssize_t lwip_sendto(int socket, const void* bytes, size_t length, int, const sockaddr* to, socklen_t to_length) {
  expect(socket_open && socket == kSocket, "sendto", "no socket");
  sockaddr_in receiver = {};
  expect(to_length == sizeof receiver, "sendto", "no address");
  std::memcpy(&receiver, to, sizeof receiver);
  expect(ntohs(receiver.sin_port) == 4321, "sendto", "to somebody else");
  radio.answer.assign(static_cast<const char*>(bytes), length);
  return static_cast<ssize_t>(length);
}

int lwip_close(int socket) {
  expect(socket_open && socket == kSocket, "close", "no socket");
  socket_open = false;
  return 0;
}
