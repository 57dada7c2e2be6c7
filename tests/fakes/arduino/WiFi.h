// As much of it as the examples use: the network is there at once.
#pragma once

#include <string>

enum wl_status_t { WL_CONNECTED = 3 };

class IPAddress {
 public:
  std::string toString() const { return "192.168.0.7"; }
};

class FakeWiFi {
 public:
  void begin(const char*, const char*) {}
  wl_status_t status() const { return WL_CONNECTED; }
  IPAddress localIP() const { return {}; }
};
inline FakeWiFi WiFi;
