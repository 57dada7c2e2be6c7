// What a server of any kind tells the service of a request, and hears of the response. Texts are views: those of a
// request are needed during the call alone, those of a response live as long as the service.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thimble::service {

enum class Method : uint8_t { kGet, kHead, kPost, kOptions, kOther };

struct RequestHead {
  Method method = Method::kGet;
  std::string_view path;    // without query and fragment
  std::string_view host{};  // headers, empty where there is none
  std::string_view origin{};
  std::string_view authorization{};
  std::string_view accept_encoding{};
  std::string_view if_none_match{};
  uint64_t body_bytes = 0;   // by its Content-Length
  bool length_known = true;  // false: a body of unknown length (Transfer-Encoding)
};

struct Header {
  const char* name = nullptr;
  std::string_view value{};
};

struct ResponseHead {
  static constexpr size_t kMostHeaders = 8;
  static constexpr uint64_t kStreamed = UINT64_MAX;

  uint16_t status = 200;
  std::string_view content_type{};  // empty: no body
  uint64_t length = 0;              // of the body; kStreamed: its end shows when it comes
  uint32_t retry_after = 0;         // seconds, for a header Retry-After; 0: none
  Header headers[kMostHeaders]{};
  size_t header_count = 0;

  void add(const char* name, std::string_view value) {
    if (header_count < kMostHeaders) headers[header_count++] = {name, value};
  }
};

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
