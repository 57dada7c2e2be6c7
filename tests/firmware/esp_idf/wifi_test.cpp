// ports/wifi.h by esp_wifi, over a driver that holds its callers to what IDF documents.

#include "ports/wifi.h"

#include <atomic>

#include "esp_wifi.h"
#include "port_test.h"
#include "ports/esp_idf/name_server.h"

namespace thimble {
namespace {

using fakes::wifi_radio;
using port::WifiEvent;
using port::WifiFailure;
using Kind = WifiEvent::Kind;

// The next event but those that only count guests.
WifiEvent next() {
  for (;;) {
    const WifiEvent event = port::wait_for_wifi(1);
    if (event.kind != Kind::kGuests) return event;
  }
}

void happen(int32_t id) { fakes::wifi_happens(WIFI_EVENT, id, nullptr); }

PORT_TEST(EspIdfWifi, NumbersTheBoard) { EXPECT_EQ(port::wifi_number(), 0x1a2b); }

PORT_TEST(EspIdfWifi, OpensAndCloses) {
  ASSERT_TRUE(port::open_wifi().ok());
  EXPECT_TRUE(wifi_radio().started);
  EXPECT_EQ(wifi_radio().mode, WIFI_MODE_STA);
  EXPECT_FALSE(wifi_radio().uses_nvs);  // what a network is called is the program's to remember
  EXPECT_FALSE(wifi_radio().stores);
  EXPECT_FALSE(wifi_radio().sleeps);
  EXPECT_EQ(wifi_radio().portal_uri, "http://192.168.4.1/setup/");
  port::close_wifi();
  EXPECT_FALSE(wifi_radio().installed);
  port::close_wifi();
  EXPECT_TRUE(port::open_wifi().ok());  // its interfaces are there already
}

PORT_TEST(EspIdfWifi, WaitsWhileItIsClosed) {
  const uint32_t before = fakes::delays();
  EXPECT_EQ(port::wait_for_wifi(200).kind, Kind::kNone);
  EXPECT_GT(fakes::delays(), before);
}

PORT_TEST(EspIdfWifi, SaysThatMemoryIsShortAndCanBeTriedAgain) {
  wifi_radio().out_of_memory = true;
  EXPECT_EQ(port::open_wifi().code(), Code::kOutOfMemory);
  wifi_radio().out_of_memory = false;
  wifi_radio().start_fails = true;
  EXPECT_EQ(port::open_wifi().code(), Code::kOutOfMemory);
  EXPECT_FALSE(wifi_radio().installed);
  wifi_radio().start_fails = false;
  EXPECT_TRUE(port::open_wifi().ok());
}

PORT_TEST(EspIdfWifi, JoinsAndLeaves) {
  ASSERT_TRUE(port::open_wifi().ok());
  EXPECT_EQ(port::wifi_signal(), 0);
  ASSERT_TRUE(port::join_wifi("Home", "secret-7").ok());
  EXPECT_EQ(wifi_radio().ssid, "Home");
  EXPECT_EQ(wifi_radio().password, "secret-7");
  EXPECT_TRUE(wifi_radio().connecting);
  EXPECT_EQ(next().kind, Kind::kNone);
  happen(WIFI_EVENT_STA_CONNECTED);
  EXPECT_EQ(next().kind, Kind::kJoined);
  fakes::wifi_gets_address(0xc0a80017);
  const WifiEvent event = next();
  EXPECT_EQ(event.kind, Kind::kAddress);
  EXPECT_EQ(event.address, 0xc0a80017u);
  EXPECT_EQ(port::wifi_signal(), -61);
  port::leave_wifi();
  EXPECT_FALSE(wifi_radio().connected);
  EXPECT_EQ(next().kind, Kind::kNone);
}

PORT_TEST(EspIdfWifi, NamesAndKeysOfFullLength) {
  ASSERT_TRUE(port::open_wifi().ok());
  ASSERT_TRUE(port::join_wifi(std::string(32, 'n').c_str(), std::string(64, 'f').c_str()).ok());
  EXPECT_EQ(wifi_radio().ssid, std::string(32, 'n'));
  EXPECT_EQ(wifi_radio().password, std::string(64, 'f'));
}

PORT_TEST(EspIdfWifi, ANameThatNoNetworkHasIsRefused) {
  ASSERT_TRUE(port::open_wifi().ok());
  EXPECT_EQ(port::join_wifi("", "").code(), Code::kInvalidArgument);
}

PORT_TEST(EspIdfWifi, ReasonsOfAFailure) {
  struct Case {
    uint8_t reason;
    WifiFailure failure;
  };
  constexpr Case kCases[] = {
      {WIFI_REASON_NO_AP_FOUND, WifiFailure::kNotFound},
      {WIFI_REASON_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD, WifiFailure::kNotFound},
      {WIFI_REASON_4WAY_HANDSHAKE_TIMEOUT, WifiFailure::kRefused},
      {WIFI_REASON_HANDSHAKE_TIMEOUT, WifiFailure::kRefused},
      {WIFI_REASON_AUTH_FAIL, WifiFailure::kRefused},
      {WIFI_REASON_AUTH_EXPIRE, WifiFailure::kRefused},
      {WIFI_REASON_BEACON_TIMEOUT, WifiFailure::kOther},
      {99, WifiFailure::kOther},
  };
  ASSERT_TRUE(port::open_wifi().ok());
  for (const Case& c : kCases) {
    ASSERT_TRUE(port::join_wifi("Home", "secret-7").ok());
    fakes::wifi_disconnects(c.reason);
    const WifiEvent event = next();
    EXPECT_EQ(event.kind, Kind::kFailed);
    EXPECT_EQ(event.failure, c.failure) << int{c.reason};
  }
}

PORT_TEST(EspIdfWifi, ALostAddressIsALostNetwork) {
  ASSERT_TRUE(port::open_wifi().ok());
  ASSERT_TRUE(port::join_wifi("Home", "secret-7").ok());
  fakes::wifi_gets_address(1);
  EXPECT_EQ(next().kind, Kind::kAddress);
  fakes::wifi_happens(IP_EVENT, IP_EVENT_STA_LOST_IP, nullptr);
  EXPECT_EQ(next().kind, Kind::kFailed);
  EXPECT_FALSE(wifi_radio().connected);
  EXPECT_TRUE(port::join_wifi("Home", "secret-7").ok());
}

PORT_TEST(EspIdfWifi, WhatHappenedBeforeIsForgotten) {
  ASSERT_TRUE(port::open_wifi().ok());
  ASSERT_TRUE(port::join_wifi("One", "secret-1").ok());
  fakes::wifi_disconnects(WIFI_REASON_NO_AP_FOUND);
  port::leave_wifi();
  ASSERT_TRUE(port::join_wifi("Two", "secret-2").ok());
  EXPECT_EQ(next().kind, Kind::kNone);
  fakes::wifi_gets_address(2);
  EXPECT_EQ(next().kind, Kind::kAddress);
}

PORT_TEST(EspIdfWifi, OpensAnAccessPointBesideTheStation) {
  ASSERT_TRUE(port::open_wifi().ok());
  ASSERT_TRUE(port::open_access_point("thimble-1A2B", "").ok());
  EXPECT_EQ(wifi_radio().mode, WIFI_MODE_APSTA);
  EXPECT_EQ(wifi_radio().access_point_name, "thimble-1A2B");
  EXPECT_TRUE(wifi_radio().access_point_is_open);
  EXPECT_TRUE(fakes::name_server_is_open());
  EXPECT_EQ(fakes::name_server_address(), port::kAccessPointAddress);  // nobody in a joined network is served
  ASSERT_TRUE(port::join_wifi("Home", "secret-7").ok());
  port::leave_wifi();
  port::close_access_point();
  EXPECT_EQ(wifi_radio().mode, WIFI_MODE_STA);
  EXPECT_FALSE(fakes::name_server_is_open());
}

PORT_TEST(EspIdfWifi, AnAccessPointMayHaveAPassword) {
  ASSERT_TRUE(port::open_wifi().ok());
  ASSERT_TRUE(port::open_access_point("thimble-1A2B", "secret-7").ok());
  EXPECT_FALSE(wifi_radio().access_point_is_open);
  EXPECT_EQ(wifi_radio().access_point_password, "secret-7");
}

PORT_TEST(EspIdfWifi, AnAccessPointThatFailsIsClosed) {
  ASSERT_TRUE(port::open_wifi().ok());
  wifi_radio().access_point_fails = true;
  EXPECT_EQ(port::open_access_point("thimble-1A2B", "").code(), Code::kUnsupported);
  wifi_radio().access_point_fails = false;
  wifi_radio().no_sockets = true;
  EXPECT_EQ(port::open_access_point("thimble-1A2B", "").code(), Code::kOutOfMemory);
  EXPECT_EQ(wifi_radio().mode, WIFI_MODE_STA);
  wifi_radio().no_sockets = false;
  wifi_radio().no_port = true;
  EXPECT_EQ(port::open_access_point("thimble-1A2B", "").code(), Code::kOutOfMemory);
  EXPECT_FALSE(fakes::name_server_is_open());
  wifi_radio().no_port = false;
  EXPECT_TRUE(port::open_access_point("thimble-1A2B", "").ok());
}

PORT_TEST(EspIdfWifi, CountsGuests) {
  ASSERT_TRUE(port::open_wifi().ok());
  ASSERT_TRUE(port::open_access_point("thimble-1A2B", "").ok());
  happen(WIFI_EVENT_AP_STACONNECTED);
  happen(WIFI_EVENT_AP_STACONNECTED);
  happen(WIFI_EVENT_AP_STADISCONNECTED);
  for (const uint32_t count : {1u, 2u, 1u}) {
    const WifiEvent event = port::wait_for_wifi(1);
    EXPECT_EQ(event.kind, Kind::kGuests);
    EXPECT_EQ(event.guests, count);
  }
  ASSERT_TRUE(port::join_wifi("Home", "secret-7").ok());  // guests are no news of the network that is joined
  port::leave_wifi();
  port::close_access_point();
  EXPECT_EQ(port::wait_for_wifi(1).guests, 0u);
}

PORT_TEST(EspIdfWifi, NamesAreAskedAndAnswered) {
  ASSERT_TRUE(port::open_wifi().ok());
  ASSERT_TRUE(port::open_access_point("thimble-1A2B", "").ok());
  fakes::send_query("question");
  const WifiEvent event = next();
  ASSERT_EQ(event.kind, Kind::kQuery);
  EXPECT_EQ(std::string(event.packet.begin(), event.packet.end()), "question");
  const uint8_t answer[] = {'y', 'e', 's'};
  port::answer_query(answer);
  EXPECT_EQ(wifi_radio().answer, "yes");
  port::close_access_point();
  port::answer_query(answer);  // too late, and no harm
}

PORT_TEST(EspIdfWifi, ALongQueryIsCut) {
  ASSERT_TRUE(port::open_wifi().ok());
  ASSERT_TRUE(port::open_access_point("thimble-1A2B", "").ok());
  fakes::send_query(std::string(1400, 'q'));
  EXPECT_EQ(next().packet.size(), 512u);
}

PORT_TEST(EspIdfWifi, Scans) {
  ASSERT_TRUE(port::open_wifi().ok());
  ASSERT_TRUE(port::begin_scan().ok());
  fakes::wifi_scan_ends({{"Home", -40, WIFI_AUTH_WPA2_PSK}, {"Cafe", -70, WIFI_AUTH_OPEN}, {"", -80, 3}});
  EXPECT_EQ(next().kind, Kind::kScanned);
  port::WifiNetwork network;
  ASSERT_TRUE(port::next_scanned(&network));
  EXPECT_STREQ(network.ssid, "Home");
  EXPECT_EQ(network.rssi, -40);
  EXPECT_TRUE(network.secured);
  ASSERT_TRUE(port::next_scanned(&network));
  EXPECT_STREQ(network.ssid, "Cafe");
  EXPECT_FALSE(network.secured);
  ASSERT_TRUE(port::next_scanned(&network));
  EXPECT_STREQ(network.ssid, "");
  EXPECT_FALSE(port::next_scanned(&network));
  EXPECT_TRUE(fakes::wifi_list_is_free());
}

PORT_TEST(EspIdfWifi, AScanThatFailsOrIsEndedLeavesNoMemoryBehind) {
  ASSERT_TRUE(port::open_wifi().ok());
  ASSERT_TRUE(port::begin_scan().ok());
  fakes::wifi_scan_ends({{"Home", -40, 3}}, 1);
  EXPECT_EQ(next().kind, Kind::kScanFailed);
  EXPECT_TRUE(fakes::wifi_list_is_free());
  ASSERT_TRUE(port::begin_scan().ok());
  port::stop_scan();
  EXPECT_EQ(next().kind, Kind::kNone);
  ASSERT_TRUE(port::begin_scan().ok());
}

PORT_TEST(EspIdfWifi, HasANameInTheLocalNetwork) {
  ASSERT_TRUE(port::open_wifi().ok());
  port::announce_name("thimble");
  EXPECT_EQ(wifi_radio().name, "thimble");
  EXPECT_EQ(wifi_radio().service, "_http_tcp:80");
}

PORT_TEST(EspIdfWifi, WithoutMemoryItHasNoName) {
  ASSERT_TRUE(port::open_wifi().ok());
  wifi_radio().out_of_memory = true;
  port::announce_name("thimble");
  EXPECT_EQ(wifi_radio().service, "");
}

PORT_TEST(EspIdfWifi, RunsTheNetworkInATaskOfItsOwn) {
  static std::atomic<int> ran = 0;
  ASSERT_TRUE(port::start_network_task([](void* self) { ran = *static_cast<int*>(self); },
                                       [] {
                                         static int seven = 7;
                                         return &seven;
                                       }())
                  .ok());
  while (ran == 0) ::usleep(1000);
  EXPECT_EQ(ran, 7);
}

// The page's server opens one at the start, also where Wi-Fi is off.
PORT_TEST(EspIdfWifi, SocketsArePossibleBeforeTheRadioOpens) {
  EXPECT_DEATH((void)esp_idf::open_name_server(port::kAccessPointAddress), "esp_netif_init\\(\\) comes first");
  ASSERT_TRUE(port::start_network_task([](void*) {}, nullptr).ok());
  EXPECT_TRUE(esp_idf::open_name_server(port::kAccessPointAddress));
  EXPECT_FALSE(wifi_radio().installed);
}

// A fake that cannot refuse proves nothing.
PORT_TEST(FakesDeathTest, Wifi) {
  EXPECT_DEATH(esp_wifi_start(), "esp_wifi_init\\(\\) comes first");
  const wifi_init_config_t wrong = {};
  EXPECT_DEATH(esp_wifi_init(&wrong), "WIFI_INIT_CONFIG_DEFAULT");
  ASSERT_TRUE(port::open_wifi().ok());
  wifi_config_t config = {};
  EXPECT_DEATH(esp_wifi_set_config(WIFI_IF_AP, &config), "an interface that is not enabled");
  EXPECT_DEATH(esp_wifi_deinit(), "esp_wifi_stop\\(\\) comes first");
  ASSERT_TRUE(port::join_wifi("Home", "secret-7").ok());
  EXPECT_DEATH((void)port::begin_scan(), "while the station connects");
  fakes::wifi_gets_address(1);
  EXPECT_DEATH((void)port::join_wifi("Home", "secret-7"), "esp_wifi_disconnect\\(\\) comes first");
}

}  // namespace
}  // namespace thimble
