// The contract of a transport for HTTP and WebSockets: sockets, framing and the pace of clients are its, what is said
// is the program's. A port implements it once, as it does port.h; firmware/server is the program's side.
//
// The transport runs on a task of its own and makes all calls of HttpApplication, HttpExchange and HttpSocket from it,
// one at a time. None of them may wait: whoever has nothing to say yet answers 0 or null, and calls wake_http() from
// its own task when that changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "thimble/http.h"
#include "thimble/status.h"

namespace thimble::port {

// A request and its answer. The program's, from on_request() to close(), which is always called, once.
class HttpExchange {
 public:
  // Bytes of the body that on_body() would take now; 0: ask again after wake_http(). The client waits meanwhile. Not
  // asked any more once there is a response.
  virtual size_t room() = 0;
  // A piece of the body, in order, not more than room(). What comes behind a response that is there is dropped unseen.
  virtual void on_body(std::string_view bytes) = 0;
  // The body is whole (also one of no bytes).
  virtual void on_end() = 0;

  // The head of the answer, which does not change once it is there; null: not known yet.
  virtual const HttpResponse* response() = 0;
  // The next bytes of the answer's body, as many as there are and find room; `out` holds kHttpPieceBytes at least. 0:
  // none now.
  virtual size_t take(std::span<char> out) = 0;
  // Everything was taken.
  virtual bool is_over() = 0;
  // It is over in the middle: the connection must end so that the client sees it.
  virtual bool is_broken() = 0;
  // The client took or brought nothing for too long: the transport ends the connection.
  virtual bool is_stalled() = 0;

  // The exchange ends: everything was taken, or the client is gone. Not touched any more by the transport.
  virtual void close() = 0;

 protected:
  ~HttpExchange() = default;
};

// An open WebSocket. The program's, from on_socket() to close(), which is always called, once.
class HttpSocket {
 public:
  // A text message, whole, at most HttpLimits::message_bytes; may be changed in place.
  virtual void on_message(std::span<char> text) = 0;
  // The next text message to send, whole; `out` holds kHttpPieceBytes at least. 0: none now.
  virtual size_t take(std::span<char> out) = 0;
  // As HttpExchange's.
  virtual bool is_stalled() = 0;
  virtual void close() = 0;

 protected:
  ~HttpSocket() = default;
};

// Room that a transport has, at least, for a piece of an answer or a message of a WebSocket.
inline constexpr size_t kHttpPieceBytes = 1024;

struct HttpLimits {
  uint16_t port = 80;
  size_t connections = 8;  // at once, WebSockets and idle ones included; others wait to be accepted, or are refused
  size_t message_bytes = 4096;  // longest message of a WebSocket; a longer one ends it
  const char* socket_path = "/ws";
};

// What the transport serves.
class HttpApplication {
 public:
  // A request. There are never more exchanges and sockets at once than HttpLimits::connections. Null: no room after
  // all; the transport answers 503.
  virtual HttpExchange* on_request(const HttpRequest& request) = 0;
  // A WebSocket wants to be opened at HttpLimits::socket_path. Null: refused with *status, which is then an error's.
  virtual HttpSocket* on_socket(const HttpRequest& request, uint16_t* status) = 0;

 protected:
  ~HttpApplication() = default;
};

// Listens from now on, until the program ends. The application must outlive that. One server per program. Errors:
// kOutOfMemory (subject "http server"), kUnsupported (the port has no network), kNotReady (it listens already, or the
// network was not started).
Status start_http(HttpApplication* application, const HttpLimits& limits);

// There may be something to send, or room for a body. From any task, also before start_http(); never waits.
void wake_http();

}  // namespace thimble::port
