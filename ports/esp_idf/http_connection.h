// One client of esp_http_server: its request, as far as it came, and the answer, as far as it went out. All of it on
// the server's task.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "esp_http_server.h"
#include "ports/http.h"

namespace thimble::esp_idf {

// A piece of an answer on its way. One for all connections: a socket that can be written takes a piece whole, but when
// the chip is short of memory, and then the others wait.
struct Outbox {
  static constexpr size_t kBytes = 1536;  // the longest head of an answer, or a piece with its frame

  int socket = -1;  // that it is for, while not all of it is out; -1: empty
  size_t begin = 0;
  size_t end = 0;
  char bytes[kBytes];
};

class HttpConnection {
 public:
  void open(httpd_handle_t server, int socket);
  // The connection is gone.
  void close();

  bool is_open() const { return socket_ >= 0; }
  int socket() const { return socket_; }
  // Nothing is under way: the next request may come, or nothing for ever.
  bool is_idle() const {
    return is_open() && exchange_ == nullptr && message_socket_ == nullptr && request_ == nullptr;
  }
  // A request has come, which the server has not looked at yet.
  bool has_bytes() const;
  int64_t quiet_since() const { return quiet_since_; }  // microseconds
  // A request was answered on it: one that it loses, a client sends again by itself.
  bool has_answered() const { return has_answered_; }

  // --- requests ---

  // Keeps `request` past its handler. False: no memory; the exchange is closed, and the caller answers.
  bool begin(httpd_req_t* request, port::HttpExchange* exchange);
  void upgrade(port::HttpSocket* socket);
  bool is_upgraded() const { return message_socket_ != nullptr; }
  port::HttpSocket* message_socket() { return message_socket_; }

  // Takes what the client sent of a body, and sends what it can take of the answer. Never waits.
  void step(Outbox* outbox);
  // Whether the request is over, and still has to be given back: by end(), which gives it back, and says whether the
  // connection shall be closed behind it.
  bool ends() const { return request_ != nullptr && exchange_ == nullptr; }
  bool end();
  // It is to be closed, and nothing else.
  bool closes() const { return closes_; }
  // Closes it, where no request is kept: the server finds it to have something to read, and is told of its end.
  // httpd_sess_trigger_close() is not asked: it closes later, whoever has the place of this one by then.
  void hang_up();

  // What recv() shall do for the server: a head, or a frame of a WebSocket, has two seconds to come in all. In the
  // place of a CLOSE, and of a frame that does not come, begins a text: left to itself, the server ends a WebSocket by
  // httpd_sess_trigger_close(), once for each look that it takes until then.
  int receive(char* out, size_t size, int flags);
  // The handler has read the frame.
  void end_frame();
  // The frame is a CLOSE in truth.
  bool leaves() const { return leaves_; }
  // Another one in answer, as far as the client takes it at once.
  void say_goodbye();
  // Whether what receive() gave last is the beginning of it.
  bool begins() const { return begins_; }
  // The server's task is elsewhere, so it is not in the middle of a head or a frame: the next one has its own time.
  void end_wait() { deadline_ = 0; }

 private:
  void take_body();
  bool receive_piece(size_t most);
  int receive_now(char* out, size_t size, int flags);
  int begin_frame(char* first, int count);
  void send(Outbox* outbox);
  bool fill(Outbox* outbox);
  bool flush(Outbox* outbox);
  void send_messages();
  void look_after_client();
  void lose();
  void finish();

  httpd_handle_t server_ = nullptr;
  int socket_ = -1;
  port::HttpExchange* exchange_ = nullptr;
  port::HttpSocket* message_socket_ = nullptr;
  httpd_req_t* request_ = nullptr;  // kept past its handler
  uint64_t body_left_ = 0;          // of the request's, to be read
  uint64_t dropped_ = 0;            // of the body of a request that was answered before it came
  bool head_sent_ = false;
  bool all_sent_ = false;
  bool streams_ = false;  // in chunks
  bool closes_ = false;
  bool begins_ = false;
  bool frame_begins_ = false;  // with the next byte
  bool leaves_ = false;
  bool has_answered_ = false;
  int64_t deadline_ = 0;  // of what recv() waits for; 0: of nothing
  int64_t quiet_since_ = 0;
};

// The head of a request, as the server has parsed it. Its texts last until the next one.
HttpRequest read_head(httpd_req_t* request);

// "HTTP/1.1 200 OK" and what follows, up to the empty line. Returns its length; 0: it is longer than `out`.
size_t write_head(const HttpResponse& response, bool closes, std::span<char> out);

}  // namespace thimble::esp_idf
