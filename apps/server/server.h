// The service on the network: HTTP and WebSocket on one port.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "service/platform.h"
#include "thimble/engine.h"

namespace thimble::server {

inline constexpr size_t kBodyBytes = 64 * 1024;  // of a request, and of text that waits for a slow client

struct Config {
  std::string host = "127.0.0.1";  // the address to listen at; "0.0.0.0" and "::": all of them
  uint16_t port = 8080;            // 0: any that is free
  std::string key;                 // empty: none is asked for
  std::string origin;              // of pages from elsewhere that may ask; "*": all; empty: none
  std::vector<std::string> names;  // that the server goes by, beside its addresses and localhost
  bool any_word = false;           // GeneratorParams::any_word, of every text
  std::string board;               // what /api/info says of the machine
  std::string chip;
  uint64_t weight_bytes = 0;    // of the model's file
  uint64_t chance = 0;          // seeds follow from it
  bool (*stopped)() = nullptr;  // asked several times a second, and after each signal
  std::function<void(uint16_t port)> on_listening;
  std::function<void(const std::string& line)> on_log;  // about each request
};

// The server could not be started: one line.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Empty where this program was built with what a server needs; else what to install.
std::string missing();

// Serves until config.stopped() says so: what is being told then ends at the next token, and its clients hear of it.
// Throws Error.
void serve(Engine& engine, const Config& config);

}  // namespace thimble::server
