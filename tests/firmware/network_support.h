// A board with a radio and a memory of its own, and a clock that a test moves.
#pragma once

#include <gtest/gtest.h>

#include "firmware/network/network.h"
#include "tests/firmware/network_port.h"
#include "tests/firmware/network_radio.h"

namespace thimble::testing {

struct MemoryStore : network::Store {
  network::Remembered kept;
  bool works = true;
  uint32_t saves = 0;

  network::Remembered load() override { return kept; }
  bool save(const network::Remembered& what) override {
    ++saves;
    if (works) kept = what;
    return works;
  }
};

class NetworkTest : public ::testing::Test {
 protected:
  NetworkTest() { network_port() = {}; }

  static constexpr port::Ipv4 kHome = 0xc0a80017;

  // What a board does that remembers this network; an empty name: none.
  void start(std::string_view ssid = "", std::string_view password = "secret-7") {
    if (!ssid.empty()) store.kept.credentials = network::make_credentials(ssid, password);
    net.start();
    step();
  }
  void step(uint64_t milliseconds = 0) { net.step(now += milliseconds); }
  void take(const port::WifiEvent& event) {
    net.take(event, now);
    net.step(now);
  }
  void come_online() {
    take(joined());
    take(address(kHome));
  }
  network::Report report() const { return net.report(); }

  FakeRadio radio;
  MemoryStore store;
  network::Network net{store, ""};
  uint64_t now = 5000;
};

}  // namespace thimble::testing
