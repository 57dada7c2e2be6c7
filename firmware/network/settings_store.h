// The network's memory among the settings of the board (ports/settings.h), which updates leave alone.
#pragma once

#include "firmware/network/credentials.h"

namespace thimble::network {

class SettingsStore final : public Store {
 public:
  // What is damaged is as what was never saved: the access point opens, and somebody names the network again.
  Remembered load() override;
  bool save(const Remembered& what) override;
};

}  // namespace thimble::network
