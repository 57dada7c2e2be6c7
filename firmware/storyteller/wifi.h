// The radio of the board: a network that it joins or opens, set up from a browser, a phone or the console. Without one
// (wifi_none.cpp) there is nothing to say.
#pragma once

#include <span>
#include <string_view>

#include "ports/board.h"

namespace thimble::web {
class Route;
}

namespace thimble::storyteller {

class Wifi {
 public:
  // Starts the radio, which takes its memory from the platform's heap: before port::memory_pieces() gives that away;
  // and whatever the console says from now on may be a packet of Improv's. `facts` are read at once.
  explicit Wifi(const port::BoardFacts& facts);

  // What guests find in a browser, for the web server.
  static std::span<web::Route* const> routes();

  // The IPv4 address in the network that was joined, as ports/ethernet.h has it; 0: none.
  static uint32_t address();

  // The signal of that network, in dBm; 0: not known.
  static int8_t signal();

  // Whether the command is its: /wifi.
  bool handle(std::string_view command, std::string_view argument);
  static void show_help();

  // Says on the console what has changed. True: it did, and the prompt is to be shown again.
  bool report();
};

}  // namespace thimble::storyteller
