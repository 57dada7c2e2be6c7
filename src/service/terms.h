// What all parts of the service speak of: files, moments, refusals, and with thimble/http.h the heads of messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "thimble/http.h"

namespace thimble::service {

// A file that the server holds inside the program.
struct Asset {
  std::string_view path;  // "/style.css"
  std::string_view content_type;
  std::string_view etag;   // with its quotes
  std::string_view plain;  // may be empty where memory is dear: then everybody gets the gzipped one
  std::string_view gzipped;
};

// A moment, as the server tells it.
struct Now {
  uint64_t us = 0;            // microseconds of a clock that never goes back
  uint64_t unix_seconds = 0;  // 0: not known
};

// Why a request is not answered as it wanted.
struct Refusal {
  uint16_t status = 0;  // of HTTP; 0: no refusal
  const char* message = "";
  const char* field = "";  // of the request's JSON, where one is at fault
  // Where they say something, not both 0: what was found and the most that is possible.
  uint64_t found = 0;
  uint64_t most = 0;
  const char* code = "";  // OpenAI's name of the reason, where it has one

  explicit operator bool() const { return status != 0; }
};

}  // namespace thimble::service
