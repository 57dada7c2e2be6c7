// A transport in memory for firmware/server: clients that bring and take as much as a test says, and vanish when it
// says.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ports/http.h"

namespace thimble::testing {

// The clock and the calls that ports/port.h and ports/http.h promise; implemented in server_client.cpp.
struct FakeTime {
  static uint64_t now_us;
  static uint64_t yields;
  static uint64_t wakes;
};

inline HttpRequest request_of(HttpMethod method, std::string_view path, std::string_view body = {}) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  request.host = "192.168.4.1";
  request.accept_encoding = "gzip, deflate";
  request.body_bytes = body.size();
  return request;
}

// One request, as a transport hands it over.
class HttpClient {
 public:
  HttpClient(port::HttpApplication& application, const HttpRequest& request, std::string_view body = {})
      : body_(body), exchange_(application.on_request(request)) {
    if (exchange_ != nullptr && body.empty()) exchange_->on_end();
  }
  static HttpClient post(port::HttpApplication& application, std::string_view path, std::string_view body) {
    HttpClient client(application, request_of(HttpMethod::kPost, path, body), body);
    client.bring();
    return client;
  }
  static HttpClient get(port::HttpApplication& application, std::string_view path) {
    return HttpClient(application, request_of(HttpMethod::kGet, path));
  }
  HttpClient(HttpClient&& other) noexcept { *this = std::move(other); }
  HttpClient& operator=(HttpClient&& other) noexcept {
    std::swap(body_, other.body_);
    std::swap(brought_, other.brought_);
    std::swap(exchange_, other.exchange_);
    std::swap(answer, other.answer);
    std::swap(status, other.status);
    std::swap(headers, other.headers);
    std::swap(whole, other.whole);
    return *this;
  }
  ~HttpClient() { vanish(); }

  bool was_taken() const { return exchange_ != nullptr || whole; }

  // At most so many bytes of the body, as far as the server has room. Returns how many.
  size_t bring(size_t most = SIZE_MAX) {
    size_t count = 0;
    while (exchange_ != nullptr && brought_ < body_.size() && count < most && exchange_->response() == nullptr) {
      const size_t piece = std::min({exchange_->room(), most - count, body_.size() - brought_});
      if (piece == 0) break;
      exchange_->on_body(body_.substr(brought_, piece));
      brought_ += piece;
      count += piece;
      if (brought_ == body_.size()) exchange_->on_end();
    }
    return count;
  }

  // At most so many pieces of what there is. Returns how many there were; the exchange is closed behind the last one.
  size_t take(size_t most = SIZE_MAX) {
    size_t pieces = 0;
    while (exchange_ != nullptr && pieces < most) {
      const HttpResponse* const response = exchange_->response();
      if (response == nullptr) break;
      status = response->status;
      headers = *response;
      char piece[port::kHttpPieceBytes];
      const size_t count = exchange_->take(piece);
      if (exchange_->is_broken()) return vanish(), pieces;
      answer.append(piece, count);
      whole = exchange_->is_over();
      if (whole) close();
      if (count == 0) break;
      ++pieces;
    }
    return pieces;
  }

  bool is_stalled() { return exchange_ != nullptr && exchange_->is_stalled(); }
  void vanish() { close(); }

  std::string_view header(std::string_view name) const {
    for (size_t i = 0; i < headers.header_count; ++i) {
      if (headers.headers[i].name == name) return headers.headers[i].value;
    }
    return {};
  }

  std::string answer;
  uint16_t status = 0;
  HttpResponse headers;
  bool whole = false;

 private:
  void close() {
    if (exchange_ != nullptr) exchange_->close();
    exchange_ = nullptr;
  }

  std::string_view body_;
  size_t brought_ = 0;
  port::HttpExchange* exchange_ = nullptr;
};

// One WebSocket.
class PageClient {
 public:
  explicit PageClient(port::HttpApplication& application, std::string_view host = "192.168.4.1",
                      std::string_view origin = {}) {
    HttpRequest request = request_of(HttpMethod::kGet, "/ws");
    request.host = host;
    request.origin = origin;
    socket_ = application.on_socket(request, &status);
  }
  PageClient(const PageClient&) = delete;
  PageClient& operator=(const PageClient&) = delete;
  ~PageClient() { vanish(); }

  bool is_open() const { return socket_ != nullptr; }
  void send(std::string message) { socket_->on_message(message); }
  // The messages that there are, at most so many.
  std::vector<std::string> take(size_t most = SIZE_MAX) {
    std::vector<std::string> messages;
    char message[port::kHttpPieceBytes];
    while (messages.size() < most) {
      const size_t count = socket_->take(message);
      if (count == 0) break;
      messages.emplace_back(message, count);
    }
    return messages;
  }
  bool is_stalled() { return socket_->is_stalled(); }
  void vanish() {
    if (socket_ != nullptr) socket_->close();
    socket_ = nullptr;
  }

  uint16_t status = 0;

 private:
  port::HttpSocket* socket_ = nullptr;
};

}  // namespace thimble::testing
