// What tests/fakes/esp_idf/http_server.cpp, which the two share, asks of a board's fakes.
#pragma once

#include <stdio.h>
#include <stdlib.h>

namespace fakes {

// Ends the program unless `holds`.
inline void expect(bool holds, const char* call, const char* what) {
  if (holds) return;
  fprintf(stderr, "fake: %s: %s\n", call, what);
  abort();
}

}  // namespace fakes
