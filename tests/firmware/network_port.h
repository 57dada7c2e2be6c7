// The rest of a board for tests of firmware/network: what was written to the console, and settings that can fail.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace thimble::testing {

struct NetworkPort {
  std::string text;     // written to the console
  std::string packets;  // past its text
  std::map<std::string, std::vector<std::byte>> settings;
  bool settings_work = true;
};

// One for all tests; each fixture begins with a new one.
NetworkPort& network_port();

}  // namespace thimble::testing
