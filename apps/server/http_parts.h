// Requests and responses in the terms of libwebsockets.
#pragma once

#include <libwebsockets.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "service/terms.h"

namespace thimble::server {

// A header's value; empty where there is none.
std::string header(lws* wsi, lws_token_indexes token);

// The client's address: "127.0.0.1", also where the socket speaks IPv6.
std::string peer_of(lws* wsi);

// The first line of a request.
struct RequestLine {
  HttpMethod method = HttpMethod::kOther;
  const char* name = "?";  // of the method
  std::string path;

  explicit RequestLine(lws* wsi);
};

// The texts that a request's head views.
struct Headers {
  std::string host, origin, authorization, accept_encoding, if_none_match;

  explicit Headers(lws* wsi);
  HttpRequest head(const RequestLine& line) const;
};

// Collects the head of a response.
class HeadWriter {
 public:
  explicit HeadWriter(lws* wsi) : wsi_(wsi) {}

  void status(unsigned code);
  void add(const char* name, std::string_view value);
  // False when it did not fit, or the connection is gone.
  bool send();

 private:
  static constexpr size_t kMostBytes = 2048;

  unsigned char* begin() { return buffer_.data() + LWS_PRE; }
  unsigned char* end() { return buffer_.data() + buffer_.size(); }

  lws* wsi_;
  std::array<unsigned char, LWS_PRE + kMostBytes> buffer_;
  unsigned char* at_ = begin();
  bool ok_ = true;
};

}  // namespace thimble::server
