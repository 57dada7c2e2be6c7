#include "ports/esp_idf/http_connection.h"

#include <sys/select.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "esp_timer.h"

namespace thimble::esp_idf {
namespace {

using port::kHttpPieceBytes;

// The server reads a head at once, and a frame of a WebSocket likewise, and answers nobody else meanwhile.
constexpr int64_t kHeadMicroseconds = 2'000'000;
// What comes of a body that nobody wants is read on, a little at a time, so that the answer goes out in between:
// closing at once would throw it away, and many clients send all of a model before they look for it.
constexpr uint64_t kMostDroppedBytes = 16 * 1024 * 1024;
constexpr uint64_t kDroppedAtOnce = 8 * 1024;

constexpr char kTextFrame = '\x81';

constexpr size_t kFrameBytes = 8;  // "400\r\n" in front of a chunk, "\r\n" behind it
constexpr std::string_view kLastChunk = "0\r\n\r\n";
static_assert(kHttpPieceBytes + kFrameBytes + kLastChunk.size() <= Outbox::kBytes);

// Of a body, on its way to the program.
char inbox[1024];

// Whether a piece finds room: of a socket that is writable for select() at least the half of its buffer is free.
bool can_send(int socket) {
  fd_set sockets;
  FD_ZERO(&sockets);
  FD_SET(socket, &sockets);
  timeval at_once = {};
  return select(socket + 1, nullptr, &sockets, nullptr, &at_once) == 1;
}

bool wait_for_bytes(int socket, int64_t microseconds) {
  fd_set sockets;
  FD_ZERO(&sockets);
  FD_SET(socket, &sockets);
  timeval patience = {};
  patience.tv_sec = static_cast<decltype(patience.tv_sec)>(microseconds / 1'000'000);
  patience.tv_usec = static_cast<decltype(patience.tv_usec)>(microseconds % 1'000'000);
  return select(socket + 1, &sockets, nullptr, nullptr, &patience) == 1;
}

// "3f\r\n" in front of `size` bytes at `begin`; returns where it begins.
char* put_chunk_head(char* begin, size_t size) {
  *--begin = '\n';
  *--begin = '\r';
  do {
    *--begin = "0123456789abcdef"[size % 16];
    size /= 16;
  } while (size > 0);
  return begin;
}

}  // namespace

void HttpConnection::open(httpd_handle_t server, int socket) {
  *this = {};
  server_ = server;
  socket_ = socket;
  quiet_since_ = esp_timer_get_time();
}

void HttpConnection::close() {
  if (exchange_ != nullptr) exchange_->close();
  if (message_socket_ != nullptr) message_socket_->close();
  *this = {};
}

bool HttpConnection::has_bytes() const { return wait_for_bytes(socket_, 0); }

bool HttpConnection::begin(httpd_req_t* request, port::HttpExchange* exchange) {
  body_left_ = request->content_len;
  if (httpd_req_async_handler_begin(request, &request_) != ESP_OK) {
    request_ = nullptr;
    exchange->close();
    return false;
  }
  exchange_ = exchange;
  dropped_ = 0;
  head_sent_ = all_sent_ = streams_ = false;
  if (body_left_ == 0) exchange_->on_end();
  return true;
}

void HttpConnection::upgrade(port::HttpSocket* socket) {
  message_socket_ = socket;
  frame_begins_ = true;
}

void HttpConnection::step(Outbox* outbox) {
  if (message_socket_ != nullptr) return send_messages();
  if (exchange_ == nullptr) return;
  look_after_client();
  if (exchange_ != nullptr) take_body();
  if (exchange_ != nullptr) send(outbox);
  if (exchange_ == nullptr && outbox->socket == socket_) outbox->socket = -1;
}

// --- the request ---

void HttpConnection::take_body() {
  const uint64_t dropped_before = dropped_;
  while (exchange_ != nullptr && body_left_ > 0) {
    const bool unwanted = exchange_->response() != nullptr;
    if (dropped_ - dropped_before >= kDroppedAtOnce) return port::wake_http();
    const size_t room = unwanted ? sizeof inbox : exchange_->room();
    if (room == 0 || !receive_piece(std::min(room, sizeof inbox))) return;
    if (body_left_ == 0 && !unwanted) exchange_->on_end();
    if (dropped_ > kMostDroppedBytes) return lose();
  }
}

// False: nothing came.
bool HttpConnection::receive_piece(size_t most) {
  const int count = httpd_req_recv(request_, inbox, most);
  if (count == HTTPD_SOCK_ERR_TIMEOUT) return false;
  if (count <= 0) {
    lose();
    return false;
  }
  const auto bytes = static_cast<size_t>(count);
  body_left_ -= bytes;
  if (exchange_->response() == nullptr) {
    exchange_->on_body({inbox, bytes});
  } else {
    dropped_ += bytes;
  }
  return true;
}

int HttpConnection::receive(char* out, size_t size, int flags) {
  const bool is_over = closes_ && request_ == nullptr;
  const int count = is_over ? HTTPD_SOCK_ERR_FAIL : receive_now(out, size, flags);
  return frame_begins_ ? begin_frame(out, count) : count;
}

// By the server's task, for itself: waits for a head, but not for a body.
int HttpConnection::receive_now(char* out, size_t size, int flags) {
  if (request_ == nullptr) {
    const int64_t now = esp_timer_get_time();
    begins_ = deadline_ == 0;
    if (deadline_ == 0) deadline_ = now + kHeadMicroseconds;
    if (now >= deadline_ || !wait_for_bytes(socket_, deadline_ - now)) return HTTPD_SOCK_ERR_TIMEOUT;
  }
  const auto count = recv(socket_, out, size, flags | MSG_DONTWAIT);
  if (count >= 0) return static_cast<int>(count);
  return errno == EAGAIN || errno == EWOULDBLOCK ? HTTPD_SOCK_ERR_TIMEOUT : HTTPD_SOCK_ERR_FAIL;
}

// The server reads the first byte of a frame by itself.
int HttpConnection::begin_frame(char* first, int count) {
  frame_begins_ = false;
  leaves_ = count > 0 && (*first & 0x0f) == HTTPD_WS_TYPE_CLOSE;
  closes_ = closes_ || count <= 0;
  if (leaves_ || closes_) *first = kTextFrame;
  return 1;
}

void HttpConnection::end_frame() {
  frame_begins_ = true;
  end_wait();
}

// --- the answer ---

void HttpConnection::send(Outbox* outbox) {
  while (exchange_ != nullptr && !all_sent_) {
    if (outbox->socket == -1 && !(can_send(socket_) && fill(outbox))) break;
    if (outbox->socket != socket_ || !flush(outbox)) break;
  }
  if (exchange_ != nullptr && all_sent_ && outbox->socket != socket_ && body_left_ == 0) finish();
}

// The next piece into the box. False: there is none.
bool HttpConnection::fill(Outbox* outbox) {
  const HttpResponse* const response = exchange_->response();
  if (response == nullptr) return false;
  outbox->begin = outbox->end = kFrameBytes;
  if (!head_sent_) {
    closes_ = closes_ || body_left_ > 0;
    streams_ = response->length == HttpResponse::kStreamed;
    const size_t size = write_head(*response, closes_, std::span(outbox->bytes).subspan(kFrameBytes));
    if (size == 0) return lose(), false;
    head_sent_ = true;
    outbox->end += size;
  } else {
    char* const piece = outbox->bytes + kFrameBytes;
    const size_t size = exchange_->take({piece, kHttpPieceBytes});
    if (exchange_->is_broken()) return lose(), false;
    all_sent_ = exchange_->is_over();
    outbox->end += size;
    if (streams_ && size > 0) {
      outbox->begin = static_cast<size_t>(put_chunk_head(piece, size) - outbox->bytes);
      outbox->end += std::string_view("\r\n").copy(outbox->bytes + outbox->end, 2);
    }
    if (streams_ && all_sent_) outbox->end += kLastChunk.copy(outbox->bytes + outbox->end, kLastChunk.size());
  }
  if (outbox->begin == outbox->end) return false;
  outbox->socket = socket_;
  return true;
}

// False: not all of it went out.
bool HttpConnection::flush(Outbox* outbox) {
  const size_t left = outbox->end - outbox->begin;
  const int sent = httpd_socket_send(server_, socket_, outbox->bytes + outbox->begin, left, MSG_DONTWAIT);
  if (sent == HTTPD_SOCK_ERR_TIMEOUT) return false;
  if (sent < 0) return lose(), false;
  outbox->begin += static_cast<size_t>(sent);
  if (outbox->begin < outbox->end) return false;
  outbox->socket = -1;
  return true;
}

void HttpConnection::send_messages() {
  if (message_socket_->is_stalled()) closes_ = true;
  while (!closes_ && can_send(socket_)) {
    char message[kHttpPieceBytes];
    httpd_ws_frame_t frame = {};
    frame.final = true;
    frame.type = HTTPD_WS_TYPE_TEXT;
    frame.payload = reinterpret_cast<uint8_t*>(message);
    frame.len = message_socket_->take(message);
    if (frame.len == 0) return;
    if (httpd_ws_send_frame_async(server_, socket_, &frame) != ESP_OK) closes_ = true;
  }
}

// --- ends ---

void HttpConnection::hang_up() {
  closes_ = true;
  (void)shutdown(socket_, SHUT_RD);
}

void HttpConnection::say_goodbye() {
  httpd_ws_frame_t frame = {};
  frame.final = true;
  frame.type = HTTPD_WS_TYPE_CLOSE;
  if (can_send(socket_)) (void)httpd_ws_send_frame_async(server_, socket_, &frame);
}

// A client that is gone, or takes and brings nothing. One that has said all it has to say may be waiting: a look at the
// next byte, which stays where it is, tells.
void HttpConnection::look_after_client() {
  char next = 0;
  const bool silent = body_left_ == 0;
  const int count = silent ? receive(&next, 1, MSG_PEEK) : 1;
  if (count == 0 || count == HTTPD_SOCK_ERR_FAIL || exchange_->is_stalled()) lose();
}

void HttpConnection::lose() {
  closes_ = true;
  finish();
}

void HttpConnection::finish() {
  exchange_->close();
  exchange_ = nullptr;
}

bool HttpConnection::end() {
  httpd_req_t* const request = request_;
  request_ = nullptr;
  quiet_since_ = esp_timer_get_time();
  has_answered_ = true;
  (void)httpd_req_async_handler_complete(request);
  return closes_;
}

}  // namespace thimble::esp_idf
