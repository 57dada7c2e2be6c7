// A network for the board in memory (storyteller_board.h): requests reach what the storyteller serves.
#pragma once

#include <cstdint>
#include <optional>

#include "ports/http.h"

namespace thimble::testing {

struct FakeNetwork {
  static port::HttpApplication* application;  // that port::start_http() was given; null: nothing listens
  static bool has_cable;
  static int8_t signal;                   // of the radio; 0: there is none
  static std::optional<int32_t> celsius;  // of the chip; nothing: it has no sensor
};

}  // namespace thimble::testing
