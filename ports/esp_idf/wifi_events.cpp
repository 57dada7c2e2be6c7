#include "ports/esp_idf/wifi_events.h"

#include <atomic>

#include "esp_event.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "lwip/inet.h"

namespace thimble::esp_idf {
namespace {

using Kind = port::WifiEvent::Kind;

// Between two looks of the network's task, a fraction of a second, no more happens.
constexpr UBaseType_t kMostEvents = 8;

struct Happened {
  Kind kind;
  port::WifiFailure failure;
  uint32_t number;  // an address, or guests
  uint32_t chapter;
};

StaticQueue_t queue_state;
uint8_t queue_places[kMostEvents * sizeof(Happened)];
QueueHandle_t queue = nullptr;
std::atomic<uint32_t> chapter = 0;  // events of an earlier one are forgotten
std::atomic<uint32_t> guests = 0;

void note(Kind kind, uint32_t number = 0, port::WifiFailure failure = port::WifiFailure::kOther) {
  const Happened happened = {kind, failure, number, chapter.load()};
  (void)xQueueSend(queue, &happened, 0);  // full: deadlines find out
}

// "The password is wrong" is no reason of 802.11: an access point that cannot read a station's messages falls silent,
// or sends it away, so these are what comes of it. They come of a bad signal, too.
port::WifiFailure failure_of(uint8_t reason) {
  switch (reason) {
    case WIFI_REASON_NO_AP_FOUND:
    case WIFI_REASON_NO_AP_FOUND_W_COMPATIBLE_SECURITY:
    case WIFI_REASON_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD:
    case WIFI_REASON_NO_AP_FOUND_IN_RSSI_THRESHOLD:
      return port::WifiFailure::kNotFound;
    case WIFI_REASON_AUTH_EXPIRE:
    case WIFI_REASON_MIC_FAILURE:
    case WIFI_REASON_4WAY_HANDSHAKE_TIMEOUT:
    case WIFI_REASON_802_1X_AUTH_FAILED:
    case WIFI_REASON_AUTH_FAIL:
    case WIFI_REASON_HANDSHAKE_TIMEOUT:
      return port::WifiFailure::kRefused;
    default:
      return port::WifiFailure::kOther;
  }
}

// The reason of a station that left by its own wish.
void note_disconnected(const wifi_event_sta_disconnected_t& event) {
  if (event.reason != WIFI_REASON_ASSOC_LEAVE) note(Kind::kFailed, 0, failure_of(event.reason));
}

void note_scan(const wifi_event_sta_scan_done_t& event) {
  if (event.status != 0) (void)esp_wifi_clear_ap_list();
  note(event.status == 0 ? Kind::kScanned : Kind::kScanFailed);
}

void on_wifi(void*, esp_event_base_t, int32_t id, void* data) {
  switch (id) {
    case WIFI_EVENT_STA_CONNECTED:
      return note(Kind::kJoined);
    case WIFI_EVENT_STA_DISCONNECTED:
      return note_disconnected(*static_cast<const wifi_event_sta_disconnected_t*>(data));
    case WIFI_EVENT_SCAN_DONE:
      return note_scan(*static_cast<const wifi_event_sta_scan_done_t*>(data));
    case WIFI_EVENT_AP_STACONNECTED:
      return note(Kind::kGuests, ++guests);
    case WIFI_EVENT_AP_STADISCONNECTED:
      if (guests > 0) --guests;
      return note(Kind::kGuests, guests);
    case WIFI_EVENT_AP_STOP:
      guests = 0;
      return note(Kind::kGuests, 0);
    default:
      break;
  }
}

void on_address(void*, esp_event_base_t, int32_t id, void* data) {
  if (id == IP_EVENT_STA_GOT_IP) {
    note(Kind::kAddress, ntohl(static_cast<const ip_event_got_ip_t*>(data)->ip_info.ip.addr));
  } else if (id == IP_EVENT_STA_LOST_IP) {
    (void)esp_wifi_disconnect();  // a network without an address is none
    note(Kind::kFailed);
  }
}

}  // namespace

bool watch_wifi_events() {
  if (queue != nullptr) return true;
  queue = xQueueCreateStatic(kMostEvents, sizeof(Happened), queue_places, &queue_state);
  return esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi, nullptr) == ESP_OK &&
         esp_event_handler_register(IP_EVENT, ESP_EVENT_ANY_ID, on_address, nullptr) == ESP_OK;
}

void forget_wifi_events() { ++chapter; }

// Guests come and go in every chapter.
bool next_wifi_event(uint32_t milliseconds, port::WifiEvent* event) {
  Happened happened;
  while (xQueueReceive(queue, &happened, pdMS_TO_TICKS(milliseconds)) == pdTRUE) {
    if (happened.chapter != chapter.load() && happened.kind != Kind::kGuests) continue;
    *event = {.kind = happened.kind, .failure = happened.failure};
    if (happened.kind == Kind::kAddress) event->address = happened.number;
    if (happened.kind == Kind::kGuests) event->guests = happened.number;
    return true;
  }
  return false;
}

}  // namespace thimble::esp_idf
