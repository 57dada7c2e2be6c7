// What the board remembers of its network.
#pragma once

#include <string_view>

#include "ports/wifi.h"

namespace thimble::network {

// A network to join.
struct Credentials {
  char ssid[port::kMostSsidBytes + 1] = "";          // empty: none
  char password[port::kMostPasswordBytes + 1] = "";  // empty: the network is open

  bool empty() const { return ssid[0] == '\0'; }
};

// Whether a network can have this name and this password: names have 1 to 32 bytes, passwords none, 8 to 63, or 64
// hexadecimal digits; neither has a zero byte.
bool are_possible(std::string_view ssid, std::string_view password);

// Credentials of these texts, which are possible.
Credentials make_credentials(std::string_view ssid, std::string_view password);

// What survives a restart.
struct Remembered {
  Credentials credentials;
  bool off = false;  // Wi-Fi, by the user's wish
};

// Where it is kept. Called by the network task, which may wait for flash.
class Store {
 public:
  // What was saved last; what was never saved is as a new board's.
  virtual Remembered load() = 0;
  // False: it could not be saved, and what was saved before is still there.
  virtual bool save(const Remembered& what) = 0;

 protected:
  ~Store() = default;
};

}  // namespace thimble::network
