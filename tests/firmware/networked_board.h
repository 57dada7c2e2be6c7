// A network for the board in memory (storyteller_board.h): requests reach what the storyteller serves.
#pragma once

#include "ports/http.h"

namespace thimble::testing {

// What port::start_http() was given; null: nothing listens.
struct FakeNetwork {
  static port::HttpApplication* application;
  static bool has_cable;
};

}  // namespace thimble::testing
