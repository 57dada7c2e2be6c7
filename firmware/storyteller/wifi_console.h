// The network on the console: /wifi, and a line whenever something has changed.
#pragma once

#include <string_view>

#include "firmware/network/network.h"

namespace thimble::storyteller {

class WifiConsole {
 public:
  explicit WifiConsole(network::Network& network) : network_(network) {}

  // The command; `argument` is what follows its name.
  void answer(std::string_view argument);

  // Says what has changed since the last call, or since the wish of an answer(). False: nothing.
  bool report();

  static constexpr std::string_view kHelp =
      "Wi-Fi: its state; /wifi scan, /wifi join NAME PASSWORD, /wifi forget, /wifi off, /wifi on";

 private:
  void join(std::string_view words);
  void show(const network::Report& report) const;
  void list() const;

  network::Network& network_;
  network::State state_ = network::State::kOff;  // that was said
  uint32_t trials_ = 0;
  uint32_t scans_ = 0;
  bool scan_asked_ = false;  // here: of scans that others ask for nothing is said
};

}  // namespace thimble::storyteller
