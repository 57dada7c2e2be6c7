// esp_http_server: heads are parsed when they are whole, what a handler leaves of a body is read and dropped, and the
// mailbox of the server's task has six places, as lwIP's has.

#include <fcntl.h>
#include <strings.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "esp_heap_caps.h"
#include "esp_http_server.h"
#include "esp_timer.h"
#include "fakes.h"
#include "http_fakes.h"

struct esp_timer {
  esp_timer_create_args_t arguments;
  bool runs = false;
};

namespace {

constexpr size_t kMailboxPlaces = 6;
constexpr char kCloseFrame = '\x88';

// A place for a connection, which the next one takes when it is gone.
struct Session {
  int socket = -1;  // -1: free
  httpd_recv_func_t receive = nullptr;
  bool kept = false;      // its request is kept past the handler
  bool upgraded = false;  // to a WebSocket
  bool ws_close = false;  // its client has said that it leaves, or has left
};

// What httpd_req_t::aux points at.
struct Request {
  Session* session = nullptr;
  std::map<std::string, std::string> headers;
  std::string pending;  // of the body, read with the head
  size_t left = 0;      // of the body
  bool async = false;
  char frame_head = 0;
  bool frame_begun = false;
  bool frame_read = false;
  std::string status = "200 OK";
};

struct Message {
  httpd_work_fn_t work;
  void* argument;
};

bool started = false;
httpd_config_t config;
std::vector<httpd_uri_t> uris;
std::vector<Session> places;
std::deque<Message> messages;
std::list<std::unique_ptr<httpd_req_t>> copies;
std::list<Request> copied;
std::list<esp_timer> timers;
httpd_req_t* current = nullptr;  // in its handler
bool refusing = false;
bool failing_sends = false;
size_t foreign = 0;  // places of the mailbox
bool on_task = false;
bool handling_message = false;

size_t free_places() { return kMailboxPlaces - foreign - messages.size() - (handling_message ? 1 : 0); }

Session* session_of(int socket) {
  const auto found =
      std::find_if(places.begin(), places.end(), [socket](const Session& s) { return s.socket == socket; });
  return found != places.end() ? &*found : nullptr;
}

Request& request_of(httpd_req_t* request, const char* call) {
  const bool kept = std::any_of(copies.begin(), copies.end(), [request](const auto& c) { return c.get() == request; });
  fakes::expect(request != nullptr && (request == current || kept), call, "no request that is under way");
  return *static_cast<Request*>(request->aux);
}

void delete_session(Session* session) {
  fakes::expect(!session->kept, "httpd", "a session ends while its request is kept");
  const int socket = session->socket;
  config.close_fn(&config, socket);
  fakes::expect(::fcntl(socket, F_GETFD) == -1, "httpd_config_t::close_fn", "it did not close the socket");
  *session = {};
}

// Whoever has the place by then is closed.
void delete_later(Session* session) {
  const auto work = [](void* place) {
    if (static_cast<Session*>(place)->socket >= 0) delete_session(static_cast<Session*>(place));
  };
  (void)httpd_queue_work(&config, work, session);
}

// False: the connection ends.
bool read_head(Session& session, std::string* head) {
  while (head->find("\r\n\r\n") == std::string::npos) {
    char piece[128];
    const int count = session.receive(&config, session.socket, piece, sizeof piece, 0);
    if (count <= 0) return false;
    head->append(piece, static_cast<size_t>(count));
  }
  return true;
}

int method_of(const std::string& name) {
  static const std::map<std::string, int> kMethods = {{"GET", HTTP_GET},         {"HEAD", HTTP_HEAD},
                                                      {"POST", HTTP_POST},       {"PUT", HTTP_PUT},
                                                      {"OPTIONS", HTTP_OPTIONS}, {"DELETE", HTTP_DELETE}};
  const auto found = kMethods.find(name);
  return found != kMethods.end() ? found->second : -1;
}

void parse(const std::string& text, httpd_req_t* request, Request* aux) {
  const size_t end = text.find("\r\n\r\n");
  aux->pending = text.substr(end + 4);
  const std::string line = text.substr(0, text.find("\r\n"));
  const size_t space = line.find(' ');
  request->method = method_of(line.substr(0, space));
  const std::string uri = line.substr(space + 1, line.rfind(' ') - space - 1);
  uri.copy(request->uri, sizeof request->uri - 1);
  for (size_t at = text.find("\r\n") + 2; at < end;) {
    const size_t next = text.find("\r\n", at);
    const size_t colon = text.find(": ", at);
    std::string name = text.substr(at, colon - at);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    aux->headers[name] = text.substr(colon + 2, next - colon - 2);
    at = next + 2;
  }
  if (aux->headers.count("content-length") > 0) request->content_len = std::stoul(aux->headers["content-length"]);
  aux->left = request->content_len;
}

const httpd_uri_t* uri_of(const httpd_req_t& request) {
  const std::string path = std::string(request.uri).substr(0, std::string(request.uri).find('?'));
  for (const httpd_uri_t& uri : uris) {
    const bool method = static_cast<int>(uri.method) == HTTP_ANY || static_cast<int>(uri.method) == request.method;
    if (method && config.uri_match_fn(uri.uri, path.c_str(), path.size())) return &uri;
  }
  return nullptr;
}

esp_err_t run_handler(httpd_req_t* request, esp_err_t (*handler)(httpd_req_t*)) {
  current = request;
  const esp_err_t error = handler(request);
  current = nullptr;
  return error;
}

// An end, and a CLOSE, come to the handler where it wants such frames; the server closes the place in either case,
// later.
bool serve_frame(Session& session) {
  if (session.ws_close) return delete_later(&session), true;
  Request aux;
  aux.session = &session;
  if (session.receive(&config, session.socket, &aux.frame_head, 1, 0) != 1) aux.frame_head = kCloseFrame;
  const auto type = static_cast<httpd_ws_type_t>(aux.frame_head & 0x0f);
  session.ws_close = type == HTTPD_WS_TYPE_CLOSE;
  httpd_req_t request = {};
  request.handle = &config;
  request.aux = &aux;
  const auto uri = std::find_if(uris.begin(), uris.end(), [](const httpd_uri_t& u) { return u.is_websocket; });
  const bool handled = type < HTTPD_WS_TYPE_CLOSE || uri->handle_ws_control_frames;
  const bool fine = !handled || run_handler(&request, uri->handler) == ESP_OK;
  fakes::expect(!fine || !handled || aux.frame_read, "handler of a WebSocket", "it left a frame unread");
  if (session.ws_close) delete_later(&session);
  return fine;
}

bool serve(Session& session) {
  if (session.upgraded) return serve_frame(session);
  Request aux;
  aux.session = &session;
  httpd_req_t request = {};
  request.handle = &config;
  request.aux = &aux;
  std::string head;
  if (!read_head(session, &head)) return false;
  parse(head, &request, &aux);
  const httpd_uri_t* const uri = uri_of(request);
  if (uri == nullptr) return false;
  if (uri->is_websocket && aux.headers.count("upgrade") > 0) {
#if CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT
    if (uri->ws_pre_handshake_cb != nullptr && run_handler(&request, uri->ws_pre_handshake_cb) != ESP_OK) return false;
#endif
    constexpr std::string_view kAnswer = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
    (void)!::write(session.socket, kAnswer.data(), kAnswer.size());
    return session.upgraded = true;
  }
  return run_handler(&request, uri->handler) == ESP_OK;
}

bool is_readable(int socket) {
  fd_set sockets;
  FD_ZERO(&sockets);
  FD_SET(socket, &sockets);
  timeval at_once = {};
  return ::select(socket + 1, &sockets, nullptr, nullptr, &at_once) == 1;
}

}  // namespace

namespace fakes::http {

int connect() {
  Session* const session = session_of(-1);
  if (session == nullptr) return -1;
  int ends[2];
  fakes::expect(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "connect", "no sockets");
  session->socket = ends[0];
  on_task = true;
  const bool opened = config.open_fn(&config, ends[0]) == ESP_OK;
  on_task = false;
  fakes::expect(opened, "httpd_config_t::open_fn", "it refused a session");
  return ends[1];
}

void turn() {
  on_task = true;
  if (!messages.empty()) {
    const Message message = messages.front();
    messages.pop_front();
    handling_message = true;
    if (message.work != nullptr) message.work(message.argument);
    handling_message = false;
  }
  for (Session& session : places) {
    if (session.socket >= 0 && !session.kept && is_readable(session.socket) && !serve(session))
      delete_session(&session);
  }
  on_task = false;
}

void turns(int most) {
  for (int i = 0; i < most; ++i) turn();
}

void fire_timers() {
  for (const esp_timer& timer : timers) {
    if (timer.runs) timer.arguments.callback(timer.arguments.arg);
  }
}

void refuse_copies(bool refuse) { refusing = refuse; }
void fail_sends(bool fail) { failing_sends = fail; }
void fill_mailbox(size_t places_left) { foreign = kMailboxPlaces - places_left; }
void add_messages(size_t count) { messages.insert(messages.end(), count, {nullptr, nullptr}); }
size_t sessions() {
  return static_cast<size_t>(
      std::count_if(places.begin(), places.end(), [](const Session& s) { return s.socket >= 0; }));
}
size_t kept_requests() { return copies.size(); }
size_t mailbox() { return messages.size(); }

}  // namespace fakes::http

// --- the server ---

esp_err_t httpd_start(httpd_handle_t* handle, const httpd_config_t* wanted) {
  fakes::expect(handle != nullptr && wanted != nullptr, "httpd_start", "no handle or no configuration");
  fakes::expect(!started, "httpd_start", "two servers at one control port");
  if (wanted->max_open_sockets + 3 > CONFIG_LWIP_MAX_SOCKETS) return ESP_ERR_INVALID_ARG;
  void* const stack = heap_caps_aligned_alloc(16, wanted->stack_size, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
  if (stack == nullptr) return ESP_ERR_NO_MEM;
  started = true;
  config = *wanted;
  places.resize(config.max_open_sockets);
  *handle = &config;
  return ESP_OK;
}

esp_err_t httpd_register_uri_handler(httpd_handle_t handle, const httpd_uri_t* uri) {
  fakes::expect(handle == &config && uri != nullptr && uri->uri != nullptr && uri->handler != nullptr,
                "httpd_register_uri_handler", "no server, path or handler");
  fakes::expect(uris.size() < config.max_uri_handlers, "httpd_register_uri_handler", "more than max_uri_handlers");
  fakes::expect(!uri->is_websocket || uri->method == HTTP_GET, "httpd_register_uri_handler",
                "a WebSocket begins with GET");
  uris.push_back(*uri);
  return ESP_OK;
}

bool httpd_uri_match_wildcard(const char* reference, const char* uri, size_t size) {
  const std::string_view path(uri, size);
  const std::string_view pattern(reference);
  return pattern.ends_with("*") ? path.starts_with(pattern.substr(0, pattern.size() - 1)) : path == pattern;
}

esp_err_t httpd_queue_work(httpd_handle_t handle, httpd_work_fn_t work, void* argument) {
  fakes::expect(handle == &config && work != nullptr, "httpd_queue_work", "no server or no function");
  if (free_places() == 0) return ESP_FAIL;
  messages.push_back({work, argument});
  return ESP_OK;
}

esp_err_t httpd_sess_set_recv_override(httpd_handle_t, int socket, httpd_recv_func_t receive) {
  Session* const session = session_of(socket);
  fakes::expect(receive != nullptr, "httpd_sess_set_recv_override", "no function");
  if (session == nullptr) return ESP_ERR_INVALID_ARG;
  session->receive = receive;
  return ESP_OK;
}

int httpd_socket_send(httpd_handle_t, int socket, const char* bytes, size_t size, int flags) {
  fakes::expect(on_task, "httpd_socket_send", "from another task than the server's");
  fakes::expect(bytes != nullptr, "httpd_socket_send", "no bytes");
  fakes::expect((flags & MSG_DONTWAIT) != 0, "httpd_socket_send", "the server's task would wait");
  if (session_of(socket) == nullptr) return HTTPD_SOCK_ERR_INVALID;
  if (failing_sends) return HTTPD_SOCK_ERR_TIMEOUT;
  const ssize_t sent = ::send(socket, bytes, size, flags | MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<int>(sent);
  return errno == EAGAIN ? HTTPD_SOCK_ERR_TIMEOUT : HTTPD_SOCK_ERR_FAIL;
}

// --- requests ---

int httpd_req_to_sockfd(httpd_req_t* request) { return request_of(request, "httpd_req_to_sockfd").session->socket; }

esp_err_t httpd_req_get_hdr_value_str(httpd_req_t* request, const char* name, char* out, size_t size) {
  Request& r = request_of(request, "httpd_req_get_hdr_value_str");
  fakes::expect(name != nullptr && out != nullptr && size > 0, "httpd_req_get_hdr_value_str", "no name or no room");
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto found = r.headers.find(lower);
  if (found == r.headers.end()) return ESP_ERR_NOT_FOUND;
  out[found->second.copy(out, size - 1)] = '\0';
  return found->second.size() < size ? ESP_OK : ESP_ERR_HTTPD_RESULT_TRUNC;
}

int httpd_req_recv(httpd_req_t* request, char* out, size_t size) {
  Request& r = request_of(request, "httpd_req_recv");
  fakes::expect(out != nullptr, "httpd_req_recv", "no room");
  size = std::min(size, r.left);
  if (size == 0) return 0;
  int count = static_cast<int>(r.pending.copy(out, size));
  r.pending.erase(0, static_cast<size_t>(count));
  if (count == 0) count = r.session->receive(&config, r.session->socket, out, size, 0);
  if (count > 0) r.left -= static_cast<size_t>(count);
  return count;
}

esp_err_t httpd_req_async_handler_begin(httpd_req_t* request, httpd_req_t** copy) {
  fakes::expect(request == current && request != nullptr, "httpd_req_async_handler_begin", "outside of its handler");
  fakes::expect(copy != nullptr, "httpd_req_async_handler_begin", "no place for the copy");
  if (refusing) return ESP_ERR_NO_MEM;
  Request& aux = copied.emplace_back(request_of(request, "httpd_req_async_handler_begin"));
  fakes::expect(!aux.session->kept, "httpd_req_async_handler_begin", "a request of this connection is kept already");
  aux.async = true;
  aux.session->kept = true;
  auto& made = copies.emplace_back(std::make_unique<httpd_req_t>(*request));
  made->aux = &aux;
  static_cast<Request*>(request->aux)->left = 0;
  *copy = made.get();
  return ESP_OK;
}

esp_err_t httpd_req_async_handler_complete(httpd_req_t* request) {
  Request& r = request_of(request, "httpd_req_async_handler_complete");
  fakes::expect(r.async, "httpd_req_async_handler_complete", "a request that was not kept");
  fakes::expect(!on_task || free_places() > 0, "httpd_req_async_handler_complete",
                "the server's task waits for ever for a place in its own mailbox");
  r.session->kept = false;
  copied.remove_if([&r](const Request& c) { return &c == &r; });
  copies.remove_if([request](const auto& c) { return c.get() == request; });
  messages.push_back({nullptr, nullptr});
  return ESP_OK;
}

esp_err_t httpd_resp_set_status(httpd_req_t* request, const char* status) {
  request_of(request, "httpd_resp_set_status").status = status;
  return ESP_OK;
}

esp_err_t httpd_resp_set_hdr(httpd_req_t* request, const char* name, const char* value) {
  (void)request_of(request, "httpd_resp_set_hdr");
  fakes::expect(name != nullptr && value != nullptr, "httpd_resp_set_hdr", "no name or no value");
  return ESP_OK;
}

esp_err_t httpd_resp_send(httpd_req_t* request, const char*, ssize_t size) {
  const Request& r = request_of(request, "httpd_resp_send");
  const std::string head = "HTTP/1.1 " + r.status + "\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
  return ::send(r.session->socket, head.data(), head.size(), MSG_NOSIGNAL) > 0 ? ESP_OK : ESP_ERR_HTTPD_RESP_SEND;
}

// --- WebSockets; a test writes frames of at most 125 bytes, unmasked, and texts come with a length of two bytes ---

esp_err_t httpd_ws_recv_frame(httpd_req_t* request, httpd_ws_frame_t* frame, size_t most) {
  Request& r = request_of(request, "httpd_ws_recv_frame");
  fakes::expect(r.session->upgraded, "httpd_ws_recv_frame", "no WebSocket");
  fakes::expect(frame != nullptr, "httpd_ws_recv_frame", "no frame");
  if (!r.frame_begun) {
    char length = 0;
    if (r.session->receive(&config, r.session->socket, &length, 1, 0) != 1) return ESP_FAIL;
    r.frame_begun = true;
    frame->final = (r.frame_head & 0x80) != 0;
    frame->type = static_cast<httpd_ws_type_t>(r.frame_head & 0x0f);
    frame->len = static_cast<size_t>(length & 0x7f);
    r.frame_read = frame->len == 0;
    if (most == 0) return ESP_OK;
  }
  if (frame->len > most) return ESP_ERR_INVALID_SIZE;
  fakes::expect(frame->payload != nullptr, "httpd_ws_recv_frame", "no room for the payload");
  for (size_t done = 0; done < frame->len;) {
    const int count = r.session->receive(&config, r.session->socket, reinterpret_cast<char*>(frame->payload) + done,
                                         frame->len - done, 0);
    if (count <= 0) return ESP_FAIL;
    done += static_cast<size_t>(count);
  }
  r.frame_read = true;
  return ESP_OK;
}

esp_err_t httpd_ws_send_frame_async(httpd_handle_t, int socket, httpd_ws_frame_t* frame) {
  fakes::expect(on_task, "httpd_ws_send_frame_async", "from another task than the server's");
  fakes::expect(frame != nullptr && frame->len < 65536, "httpd_ws_send_frame_async", "no frame");
  const Session* const session = session_of(socket);
  if (session == nullptr) return ESP_ERR_INVALID_ARG;
  fakes::expect(session->upgraded, "httpd_ws_send_frame_async", "before the handshake");
  std::string bytes = {static_cast<char>(0x80 | frame->type)};
  if (frame->type == HTTPD_WS_TYPE_TEXT) bytes += {126, static_cast<char>(frame->len >> 8)};
  bytes += static_cast<char>(frame->len);
  bytes.append(reinterpret_cast<const char*>(frame->payload), frame->len);
  const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(bytes.size()) ? ESP_OK : ESP_FAIL;
}

// --- timers ---

esp_err_t esp_timer_create(const esp_timer_create_args_t* arguments, esp_timer_handle_t* timer) {
  fakes::expect(arguments != nullptr && arguments->callback != nullptr && timer != nullptr, "esp_timer_create",
                "no callback or no place");
  *timer = &timers.emplace_back(esp_timer{*arguments});
  return ESP_OK;
}

esp_err_t esp_timer_start_periodic(esp_timer_handle_t timer, uint64_t microseconds) {
  fakes::expect(timer != nullptr && microseconds >= 50, "esp_timer_start_periodic", "no timer, or too short a period");
  if (timer->runs) return ESP_ERR_INVALID_STATE;
  timer->runs = true;
  return ESP_OK;
}
