// The transport of ports/http.h by esp_http_server. Its task parses heads and frames; a request is kept past its
// handler (httpd_req_async_handler_begin) and goes on in pump(), which that task calls for every connection whenever
// there may be something new: when the program calls wake_http(), and some times a second for clients that are slow or
// gone. Nothing in it waits, except for the rest of a head that has begun, which is a matter of the server's and
// limited here.

#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>

#include "esp_heap_caps.h"
#include "esp_http_server.h"
#include "esp_timer.h"
#include "ports/esp_idf/http_connection.h"
#include "sdkconfig.h"

#if !CONFIG_HTTPD_WS_SUPPORT
#error "set CONFIG_HTTPD_WS_SUPPORT"
#endif
#if !CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT
#include "ports/esp_idf/socket_head.h"
#endif

namespace thimble::port {
namespace {

using esp_idf::HttpConnection;
using esp_idf::Outbox;

constexpr size_t kMostConnections = 16;
constexpr uint64_t kTickMicroseconds = 100 * 1000;
constexpr int64_t kIdleMicroseconds = 20'000'000;  // until the next request on a connection
// The same where others wait to be accepted. A new connection has longer: a client would not ask again on another one,
// and a first request that got lost comes after a second (RFC 6298).
constexpr int64_t kSpareMicroseconds = 1'000'000;
constexpr int64_t kNewMicroseconds = 3'000'000;
constexpr uint32_t kStackBytes = 6144;  // emulated runs leave a third of it
constexpr size_t kHeadBytes = 2048;     // of all headers together; browsers send 500 to 900
constexpr const char* kBusy = "503 Service Unavailable";

HttpApplication* application = nullptr;
HttpLimits limits;
std::atomic<httpd_handle_t> server = nullptr;
std::atomic<bool> woken = false;  // and has not looked yet
bool ending = false;              // end_one() is on its way
std::array<HttpConnection, kMostConnections> connections;
Outbox outbox;
std::span<uint8_t> message;  // of a WebSocket, on its way to the program

HttpConnection* connection_of(int socket) {
  auto* const found = std::find_if(connections.begin(), connections.end(),
                                   [socket](const HttpConnection& c) { return c.socket() == socket; });
  return found != connections.end() ? found : nullptr;
}

HttpConnection* connection_of(httpd_req_t* request) { return connection_of(httpd_req_to_sockfd(request)); }

size_t open_connections() {
  return static_cast<size_t>(
      std::count_if(connections.begin(), connections.end(), [](const HttpConnection& c) { return c.is_open(); }));
}

// Whether it may go to make room for another one: not while its next request may be on its way, or has come while the
// server was busy.
bool is_spare(const HttpConnection& c, int64_t now) {
  if (!c.is_idle() || c.closes() || c.has_bytes()) return false;
  return now - c.quiet_since() >= (c.has_answered() ? kSpareMicroseconds : kNewMicroseconds);
}

void close_quietest() {
  const int64_t now = esp_timer_get_time();
  HttpConnection* oldest = nullptr;
  for (HttpConnection& c : connections) {
    if (is_spare(c, now) && (oldest == nullptr || c.quiet_since() < oldest->quiet_since())) oldest = &c;
  }
  if (oldest != nullptr) oldest->hang_up();
}

// --- what is under way ---

// Gives one request back to the server. That sends the server a message, and waits for a place in its mailbox, which
// this very task empties: so there is one at a time, and a message of its own for each.
void end_one(void*) {
  ending = false;
  auto* const c =
      std::find_if(connections.begin(), connections.end(), [](const HttpConnection& each) { return each.ends(); });
  if (c == connections.end()) return;
  if (c->end()) c->hang_up();
  ending = httpd_queue_work(server, end_one, nullptr) == ESP_OK;
}

void pump(void*) {
  woken = false;
  bool ends = false;
  const int64_t now = esp_timer_get_time();
  for (HttpConnection& c : connections) {
    if (!c.is_open()) continue;
    c.end_wait();
    c.step(&outbox);
    ends = ends || c.ends();
    const bool forgotten = c.is_idle() && now - c.quiet_since() > kIdleMicroseconds && !c.has_bytes();
    if (!c.ends() && (c.closes() || forgotten) && (c.is_idle() || c.is_upgraded())) c.hang_up();
  }
  if (open_connections() == limits.connections) close_quietest();
  if (ends && !ending) ending = httpd_queue_work(server, end_one, nullptr) == ESP_OK;
}

void on_tick(void*) { wake_http(); }

// --- what the server calls ---

#if CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT
bool may_go_on(HttpConnection&, std::string_view) { return true; }  // before_handshake() asks
#else
esp_idf::SocketHead head;  // one at a time is read, and at once

// What came of a head. False: it asks for a WebSocket that the program refuses, so the connection ends unanswered.
bool may_go_on(HttpConnection& c, std::string_view bytes) {
  if (!c.is_idle()) return true;
  if (c.begins()) head.begin();
  head.see(bytes);
  if (!head.asks_for(limits.socket_path)) return true;
  HttpRequest request;
  request.method = HttpMethod::kGet;
  request.path = limits.socket_path;
  request.host = head.host();
  request.origin = head.origin();
  uint16_t status = 503;
  HttpSocket* const socket = application->on_socket(request, &status);
  if (socket != nullptr) c.upgrade(socket);
  return socket != nullptr;
}
#endif

int receive(httpd_handle_t, int socket, char* out, size_t size, int flags) {
  HttpConnection* const c = connection_of(socket);
  if (c == nullptr) return HTTPD_SOCK_ERR_INVALID;
  const int count = c->receive(out, size, flags);
  return count <= 0 || may_go_on(*c, {out, static_cast<size_t>(count)}) ? count : HTTPD_SOCK_ERR_FAIL;
}

esp_err_t on_open(httpd_handle_t handle, int socket) {
  if (open_connections() + 1 >= limits.connections) close_quietest();
  HttpConnection* const c = connection_of(-1);
  if (c == nullptr) return ESP_FAIL;
  c->open(handle, socket);
  return httpd_sess_set_recv_override(handle, socket, receive);
}

void on_close(httpd_handle_t, int socket) {
  if (HttpConnection* const c = connection_of(socket)) c->close();
  if (outbox.socket == socket) outbox.socket = -1;
  ::close(socket);
}

esp_err_t refuse(httpd_req_t* request, const char* status) {
  httpd_resp_set_status(request, status);
  httpd_resp_set_hdr(request, "Connection", "close");
  httpd_resp_set_hdr(request, "Retry-After", "1");
  httpd_resp_send(request, nullptr, 0);
  return ESP_FAIL;  // closes the connection
}

esp_err_t on_request(httpd_req_t* request) {
  HttpConnection* const c = connection_of(request);
  if (c == nullptr || c->closes()) return ESP_FAIL;
  HttpExchange* const exchange = application->on_request(esp_idf::read_head(request));
  if (exchange == nullptr || !c->begin(request, exchange)) return refuse(request, kBusy);
  wake_http();
  return ESP_OK;
}

#if CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT
// The status that a refused WebSocket hears of; browsers show none of it.
esp_err_t before_handshake(httpd_req_t* request) {
  HttpConnection* const c = connection_of(request);
  if (c == nullptr || c->closes()) return ESP_FAIL;
  uint16_t status = 503;
  HttpSocket* const socket = application->on_socket(esp_idf::read_head(request), &status);
  if (socket == nullptr)
    return refuse(request, status == 503 ? kBusy : status == 401 ? "401 Unauthorized" : "403 Forbidden");
  c->upgrade(socket);
  return ESP_OK;
}
#endif

// A message for the program. One in several frames, or not of text, is not for us, and ends the connection.
esp_err_t on_message(const httpd_ws_frame_t& frame, HttpConnection& c) {
  if (frame.type != HTTPD_WS_TYPE_TEXT || !frame.final) return ESP_FAIL;
  c.message_socket()->on_message({reinterpret_cast<char*>(frame.payload), frame.len});
  wake_http();
  return ESP_OK;
}

// A frame, which the handler must read whole.
esp_err_t on_frame(httpd_req_t* request, HttpConnection& c) {
  httpd_ws_frame_t frame = {};
  esp_err_t error = httpd_ws_recv_frame(request, &frame, 0);
  if (error != ESP_OK || frame.len > message.size()) return ESP_FAIL;
  frame.payload = message.data();
  if (frame.len > 0) error = httpd_ws_recv_frame(request, &frame, message.size());
  if (error != ESP_OK) return error;
  if (c.leaves()) return c.say_goodbye(), ESP_FAIL;
  c.end_frame();
  if (frame.type == HTTPD_WS_TYPE_PONG) return ESP_OK;
  if (frame.type != HTTPD_WS_TYPE_PING) return on_message(frame, c);
  frame.type = HTTPD_WS_TYPE_PONG;
  return httpd_ws_send_frame_async(server, c.socket(), &frame);
}

// An upgraded connection comes here with its frames, which have no method; another one with a request like any.
esp_err_t on_socket_path(httpd_req_t* request) {
  HttpConnection* const c = connection_of(request);
  if (c == nullptr) return ESP_FAIL;
  const bool is_request = request->method == HTTP_GET;
  if (!c->is_upgraded()) return is_request ? on_request(request) : ESP_FAIL;
  return is_request ? ESP_OK : on_frame(request, *c);  // some versions call it for the handshake, too
}

// --- the start ---

bool add_handlers() {
  httpd_uri_t socket = {};
  socket.uri = limits.socket_path;
  socket.method = HTTP_GET;
  socket.handler = on_socket_path;
  socket.is_websocket = true;
  socket.handle_ws_control_frames = true;  // so that each frame comes here
#if CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT
  socket.ws_pre_handshake_cb = before_handshake;
#endif
  httpd_uri_t others = {};
  others.uri = "/*";
  others.method = static_cast<httpd_method_t>(HTTP_ANY);
  others.handler = on_request;
  return httpd_register_uri_handler(server, &socket) == ESP_OK && httpd_register_uri_handler(server, &others) == ESP_OK;
}

bool start_tick() {
  esp_timer_create_args_t arguments = {};
  arguments.callback = on_tick;
  arguments.name = "http";
  esp_timer_handle_t timer = nullptr;
  return esp_timer_create(&arguments, &timer) == ESP_OK && esp_timer_start_periodic(timer, kTickMicroseconds) == ESP_OK;
}

bool start_server() {
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.stack_size = kStackBytes;
  config.server_port = limits.port;
  config.max_open_sockets = static_cast<uint16_t>(limits.connections);
  config.max_req_hdr_len = kHeadBytes;
  config.max_uri_handlers = 2;
  config.max_resp_headers = 2;
  config.send_wait_timeout = 1;
  config.keep_alive_enable = true;  // finds those that left without a word
  config.keep_alive_idle = 20;
  config.open_fn = on_open;
  config.close_fn = on_close;
  config.uri_match_fn = httpd_uri_match_wildcard;
  httpd_handle_t handle = nullptr;
  if (httpd_start(&handle, &config) != ESP_OK) return false;
  server = handle;
  return true;
}

}  // namespace

Status start_http(HttpApplication* program, const HttpLimits& wanted) {
  if (application != nullptr) return Status::error(Code::kNotReady, "http server");
  limits = wanted;
  limits.connections = std::min(wanted.connections, kMostConnections);
  void* const place =
      heap_caps_aligned_alloc(alignof(uint32_t), wanted.message_bytes, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
  if (place == nullptr) return Status::error(Code::kOutOfMemory, "http server");
  message = {static_cast<uint8_t*>(place), wanted.message_bytes};
  application = program;
  if (!start_server() || !add_handlers() || !start_tick()) return Status::error(Code::kOutOfMemory, "http server");
  return {};
}

void wake_http() {
  const httpd_handle_t handle = server;
  if (handle == nullptr || woken.exchange(true)) return;
  if (httpd_queue_work(handle, pump, nullptr) != ESP_OK) woken = false;  // the mailbox is full; the next tick is soon
}

}  // namespace thimble::port
