#include "tests/firmware/network_radio.h"

#include <gtest/gtest.h>

namespace thimble::testing {

static FakeRadio* radio = nullptr;

FakeRadio::FakeRadio() {
  EXPECT_EQ(radio, nullptr) << "one radio at a time";
  radio = this;
}

FakeRadio::~FakeRadio() { radio = nullptr; }

port::WifiEvent joined() { return {.kind = port::WifiEvent::Kind::kJoined}; }
port::WifiEvent address(port::Ipv4 address) {
  radio->joining = false;
  radio->joined = true;
  return {.kind = port::WifiEvent::Kind::kAddress, .address = address};
}
port::WifiEvent failed(port::WifiFailure failure) {
  radio->joining = radio->joined = false;
  return {.kind = port::WifiEvent::Kind::kFailed, .failure = failure};
}
port::WifiEvent scanned() {
  radio->scanning = false;
  return {.kind = port::WifiEvent::Kind::kScanned};
}
port::WifiEvent scan_failed() {
  radio->scanning = false;
  return {.kind = port::WifiEvent::Kind::kScanFailed};
}
port::WifiEvent guests(uint32_t count) { return {.kind = port::WifiEvent::Kind::kGuests, .guests = count}; }
port::WifiEvent query(std::span<const uint8_t> packet) {
  return {.kind = port::WifiEvent::Kind::kQuery, .packet = packet};
}

port::WifiNetwork network(std::string_view ssid, int8_t rssi, bool secured) {
  port::WifiNetwork made;
  ssid.copy(made.ssid, port::kMostSsidBytes);
  made.rssi = rssi;
  made.secured = secured;
  return made;
}

}  // namespace thimble::testing

namespace thimble::port {

using testing::radio;

uint16_t wifi_number() { return radio->number; }

Status open_wifi() {
  EXPECT_FALSE(radio->open);
  ++radio->opens;
  radio->open = radio->open_status.ok();
  return radio->open_status;
}

void close_wifi() {
  EXPECT_TRUE(radio->open);
  radio->open = radio->access_point = radio->joining = radio->joined = radio->scanning = false;
}

Status open_access_point(const char* name, const char* password) {
  EXPECT_TRUE(radio->open && !radio->access_point);
  radio->access_point_name = name;
  radio->access_point_password = password;
  radio->access_point = radio->access_point_status.ok();
  return radio->access_point_status;
}

void close_access_point() {
  EXPECT_TRUE(radio->open && radio->access_point);
  radio->access_point = false;
}

void answer_query(std::span<const uint8_t> packet) { radio->answer.assign(packet.begin(), packet.end()); }

Status join_wifi(const char* ssid, const char* password) {
  EXPECT_TRUE(radio->open && !radio->joining && !radio->joined && !radio->scanning);
  ++radio->joins;
  radio->ssid = ssid;
  radio->password = password;
  radio->joining = radio->join_status.ok();
  return radio->join_status;
}

void leave_wifi() {
  EXPECT_TRUE(radio->open);
  radio->joining = radio->joined = false;
}

int8_t wifi_signal() { return radio->joined ? radio->signal : int8_t{0}; }

Status begin_scan() {
  EXPECT_TRUE(radio->open && !radio->joining && !radio->scanning);
  ++radio->scans;
  radio->scanning = radio->scan_status.ok();
  return radio->scan_status;
}

void stop_scan() {
  EXPECT_TRUE(radio->open);
  radio->scanning = false;
}

bool next_scanned(WifiNetwork* network) {
  if (radio->seen.empty()) return false;
  *network = radio->seen.front();
  radio->seen.pop_front();
  return true;
}

void announce_name(const char* name) {
  EXPECT_TRUE(radio->open);
  EXPECT_TRUE(radio->announced.empty()) << "announced twice";
  radio->announced = name;
}

}  // namespace thimble::port
