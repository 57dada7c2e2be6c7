// A radio in memory, for tests of firmware/network: it implements ports/wifi.h, holds its callers to the order that
// stands there, and fails when told to. The air answers when the test says so.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "ports/wifi.h"

namespace thimble::testing {

class FakeRadio {
 public:
  // The functions of the header act on the radio that was made last; one at a time.
  FakeRadio();
  ~FakeRadio();
  FakeRadio(const FakeRadio&) = delete;
  FakeRadio& operator=(const FakeRadio&) = delete;

  // --- what it answers ---
  uint16_t number = 0x1a2b;
  Status open_status;
  Status access_point_status;
  Status join_status;
  Status scan_status;
  std::deque<port::WifiNetwork> seen;  // by the next scan
  int8_t signal = -61;

  // --- what came of it ---
  bool open = false;
  bool access_point = false;
  bool joining = false;
  bool joined = false;
  bool scanning = false;
  std::string access_point_name;
  std::string access_point_password;
  std::string ssid;  // of the last join()
  std::string password;
  std::string announced;
  std::vector<uint8_t> answer;  // of the last query
  uint32_t opens = 0;
  uint32_t joins = 0;
  uint32_t scans = 0;
};

// Events as the port would give them.
port::WifiEvent joined();
port::WifiEvent address(port::Ipv4 address);
port::WifiEvent failed(port::WifiFailure failure);
port::WifiEvent scanned();
port::WifiEvent scan_failed();
port::WifiEvent guests(uint32_t count);
port::WifiEvent query(std::span<const uint8_t> packet);

port::WifiNetwork network(std::string_view ssid, int8_t rssi, bool secured = true);

}  // namespace thimble::testing
