// The heads of HTTP requests and answers: what a transport (ports/http.h, the desktop's server) and whoever answers, a
// program's routes or the service (src/service), tell each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thimble {

enum class HttpMethod : uint8_t { kGet, kHead, kPost, kPut, kDelete, kOptions, kOther };

// The head of a request. Texts are views that hold during the call that brings it alone; empty: there was none.
struct HttpRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string_view path;  // without query and fragment, not decoded
  std::string_view query{};
  std::string_view host{};  // headers
  std::string_view origin{};
  std::string_view authorization{};
  std::string_view accept_encoding{};
  std::string_view if_none_match{};
  uint64_t body_bytes = 0;   // by its Content-Length
  bool length_known = true;  // false: a body of unknown length (Transfer-Encoding)
};

// A header of an answer.
struct HttpHeader {
  const char* name = nullptr;
  std::string_view value{};
};

// The head of an answer. Its texts live as long as the answer.
struct HttpResponse {
  static constexpr size_t kMostHeaders = 8;
  static constexpr uint64_t kStreamed = UINT64_MAX;

  uint16_t status = 200;
  std::string_view content_type{};  // empty: no body
  uint64_t length = 0;              // of the body; kStreamed: its end shows when it comes
  uint32_t retry_after = 0;         // seconds, for a header Retry-After; 0: none
  HttpHeader headers[kMostHeaders]{};
  size_t header_count = 0;

  // One more header; behind the last of kMostHeaders nothing happens. `name` is a literal.
  void add(const char* name, std::string_view value) {
    if (header_count < kMostHeaders) headers[header_count++] = {name, value};
  }
};

}  // namespace thimble
