// The server on libwebsockets: its loop turns what happens on sockets into calls of the service, and what the service
// has to say into writes, one for each time that a socket can take more.

#include "apps/server/server.h"

#include <libwebsockets.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "apps/server/page.h"
#include "ports/host/process.h"
#include "service/service.h"

namespace thimble::server {
namespace {

using service::Exchange;

constexpr unsigned kMostConnections = 256;
constexpr unsigned kHeaderBytes = 4096;    // of all headers of a request together
constexpr unsigned kHeaderSeconds = 10;    // from the connection to the last header
constexpr unsigned kIdleSeconds = 60;      // until the next request on a connection
constexpr uint16_t kPingSeconds = 30;      // a silent WebSocket is asked whether it lives
constexpr uint16_t kHangUpSeconds = 45;    // and given up
constexpr lws_usec_t kTick = 250'000;      // microseconds between looks at what takes too long
constexpr uint64_t kFarewell = 2'000'000;  // microseconds for clients to hear the end
constexpr size_t kWriteBytes = 4096;       // at once
constexpr size_t kChunkHead = 8;           // "fff\r\n" in front of a chunk
constexpr size_t kChunkTail = 2;           // and "\r\n" behind it
constexpr std::string_view kLastChunk = "0\r\n\r\n";

service::Options service_options(const Config& config, std::span<const std::string_view> names) {
  service::Options options;
  options.exchanges = kMostConnections;
  options.queue = 8;
  options.buffer_bytes = kBodyBytes;
  options.json_values = 4096;
  options.key = config.key;
  options.origin = config.origin;
  options.names = names;
  options.assets = page();
  options.chance = config.chance;
  options.platform = config.platform;
  return options;
}

service::Now now() { return {static_cast<uint64_t>(lws_now_usecs()), static_cast<uint64_t>(std::time(nullptr))}; }

// What the server knows of a connection.
struct Connection {
  Exchange* exchange = nullptr;
  bool socket = false;
  // HTTP
  std::string method;
  std::string path;
  std::string peer;
  uint64_t begun_us = 0;
  uint16_t status = 0;
  bool head_sent = false;
  bool chunked = false;
  bool keeps = true;       // for another request
  uint64_t body_left = 0;  // of the request, not read yet
  // WebSocket
  std::string message;  // the parts that came so far
  std::string notice;   // to be sent first
};

class Server {
 public:
  Server(Engine& engine, const Config& config);
  ~Server();
  void run();

  int on_event(lws* wsi, lws_callback_reasons reason, void* in, size_t length);

 private:
  using Lock = std::unique_lock<std::mutex>;

  void open_context();
  void compute();
  void wake_loop();
  void tick();
  void ask_for_writes();
  static void on_tick(lws_sorted_usec_list_t* timer);

  int on_request(lws* wsi);
  int on_body(lws* wsi, std::string_view bytes);
  int on_body_end(lws* wsi);
  int on_writable(lws* wsi);
  int send_head(lws* wsi, Connection& c);
  int send_body(lws* wsi, Connection& c);
  int end_response(lws* wsi, Connection& c);
  int send_busy(lws* wsi, Connection& c);
  int on_upgrade(lws* wsi);
  int on_message(lws* wsi, std::string_view bytes);
  int on_socket_writable(lws* wsi);
  void on_closed(lws* wsi);
  void close_exchange(Connection& c);
  void log_request(const Connection& c) const;

  const Config& config_;
  std::vector<std::string_view> names_;
  std::unique_ptr<std::byte[]> memory_;
  std::unique_ptr<service::Service> service_;
  std::mutex mutex_;  // holds the service's functions apart, but compute()
  std::condition_variable work_;
  bool stop_worker_ = false;
  std::atomic<bool> woken_ = false;  // the loop was woken and has not looked yet
  std::thread worker_;

  // Of the loop's thread alone.
  std::unordered_map<lws*, Connection> connections_;
  lws_context* context_ = nullptr;
  lws_vhost* vhost_ = nullptr;
  struct Timer {
    lws_sorted_usec_list_t list{};
    Server* server = nullptr;
  } timer_;
};

std::string header(lws* wsi, lws_token_indexes token) {
  const int length = lws_hdr_total_length(wsi, token);
  if (length <= 0) return {};
  std::string value(static_cast<size_t>(length) + 1, '\0');
  const int copied = lws_hdr_copy(wsi, value.data(), static_cast<int>(value.size()), token);
  value.resize(copied > 0 ? static_cast<size_t>(copied) : 0);
  return value;
}

// The header's texts, for as long as the request's head views them.
struct Headers {
  std::string host, origin, authorization, accept_encoding, if_none_match;

  explicit Headers(lws* wsi)
      : host(header(wsi, WSI_TOKEN_HOST)),
        origin(header(wsi, WSI_TOKEN_ORIGIN)),
        authorization(header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION)),
        accept_encoding(header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING)),
        if_none_match(header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH)) {}

  service::RequestHead head(service::Method method, std::string_view path) const {
    service::RequestHead head;
    head.method = method;
    head.path = path;
    head.host = host;
    head.origin = origin;
    head.authorization = authorization;
    head.accept_encoding = accept_encoding;
    head.if_none_match = if_none_match;
    return head;
  }
};

struct MethodName {
  service::Method method;
  const char* name;
};

MethodName method_of(int index) {
  switch (index) {
    case LWSHUMETH_GET:
      return {service::Method::kGet, "GET"};
    case LWSHUMETH_HEAD:
      return {service::Method::kHead, "HEAD"};
    case LWSHUMETH_POST:
      return {service::Method::kPost, "POST"};
    case LWSHUMETH_OPTIONS:
      return {service::Method::kOptions, "OPTIONS"};
    case LWSHUMETH_PUT:
      return {service::Method::kOther, "PUT"};
    case LWSHUMETH_PATCH:
      return {service::Method::kOther, "PATCH"};
    case LWSHUMETH_DELETE:
      return {service::Method::kOther, "DELETE"};
    default:
      return {service::Method::kOther, "?"};
  }
}

int on_lws_event(lws* wsi, lws_callback_reasons reason, void*, void* in, size_t length) {
  auto* const server = static_cast<Server*>(lws_context_user(lws_get_context(wsi)));
  return server == nullptr ? 0 : server->on_event(wsi, reason, in, length);
}

constexpr std::array<lws_protocols, 2> kProtocols = {
    {{"http", on_lws_event, 0, kWriteBytes, 0, nullptr, 0}, {nullptr, nullptr, 0, 0, 0, nullptr, 0}}};
constexpr lws_retry_bo_t kIdlePolicy = {nullptr, 0, 0, kPingSeconds, kHangUpSeconds, 0};

// --- beginning and end ---

Server::Server(Engine& engine, const Config& config)
    : config_(config), names_(config.names.begin(), config.names.end()) {
  const service::Options options = service_options(config, names_);
  const size_t bytes = service::Service::memory_bytes(options, engine);
  memory_ = std::make_unique<std::byte[]>(bytes);
  service_ = std::make_unique<service::Service>(engine, options, std::span(memory_.get(), bytes), now());
  open_context();
  worker_ = std::thread([this] { compute(); });
}

Server::~Server() {
  {
    const Lock lock(mutex_);
    stop_worker_ = true;
  }
  work_.notify_all();
  worker_.join();
  lws_context_destroy(context_);
}

void Server::open_context() {
  lws_set_log_level(0, nullptr);
  lws_context_creation_info info = {};
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_VALIDATE_UTF8 |
                 LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
  info.port = config_.port;
  info.iface = config_.host == "0.0.0.0" ? nullptr : config_.host.c_str();
  info.protocols = kProtocols.data();
  info.user = this;
  info.gid = info.uid = static_cast<decltype(info.gid)>(-1);  // stay who we are
  info.max_http_header_data = kHeaderBytes;
  info.max_http_header_pool = kMostConnections;
  info.fd_limit_per_thread = kMostConnections + 16;  // and what the loop itself needs
  info.timeout_secs = kHeaderSeconds;
  info.timeout_secs_ah_idle = kHeaderSeconds;
  info.keepalive_timeout = kIdleSeconds;
  info.retry_and_idle_policy = &kIdlePolicy;
  context_ = lws_create_context(&info);
  if (context_ == nullptr) throw Error("the server cannot be started");
  vhost_ = lws_create_vhost(context_, &info);
  if (vhost_ == nullptr) {
    lws_context_destroy(context_);
    throw Error(config_.host + " port " + std::to_string(config_.port) +
                ": cannot listen there; another program may have it, or it is no address of this machine");
  }
}

void Server::run() {
  config_.on_listening(static_cast<uint16_t>(lws_get_vhost_listen_port(vhost_)));
  timer_.server = this;
  lws_sul_schedule(context_, 0, &timer_.list, &Server::on_tick, kTick);
  while (!config_.stopped() && lws_service(context_, 0) >= 0) {
  }
  {
    const Lock lock(mutex_);
    service_->stop_all();
  }
  ask_for_writes();
  const uint64_t until = now().us + kFarewell;
  while (service_->open_exchanges() > 0 && now().us < until && lws_service(context_, 0) >= 0) {
  }
  lws_sul_cancel(&timer_.list);
}

// --- the engine's thread ---

void Server::compute() {
  Lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return stop_worker_ || service_->has_work(); });
    if (stop_worker_) return;
    service_->prepare(now());
    lock.unlock();
    service_->compute();
    lock.lock();
    service_->publish(now());
    wake_loop();
  }
}

void Server::wake_loop() {
  if (!woken_.exchange(true)) lws_cancel_service(context_);
}

// --- the loop ---

void Server::on_tick(lws_sorted_usec_list_t* list) {
  Server* const server = lws_container_of(list, Timer, list)->server;
  server->tick();
  lws_sul_schedule(server->context_, 0, list, &Server::on_tick, kTick);
}

// Gives up clients that keep others waiting.
void Server::tick() {
  for (auto& [wsi, c] : connections_) {
    const Lock lock(mutex_);
    if (c.exchange == nullptr || !service_->is_stalled(*c.exchange, now())) continue;
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
  }
  ask_for_writes();
}

void Server::ask_for_writes() {
  const Lock lock(mutex_);
  for (auto& [wsi, c] : connections_) {
    if (c.exchange == nullptr) continue;
    const bool ends = c.exchange->has_head && service_->is_over(*c.exchange);
    if (service_->has_output(*c.exchange) || ends) lws_callback_on_writable(wsi);
  }
}

int Server::on_event(lws* wsi, lws_callback_reasons reason, void* in, size_t length) {
  const std::string_view bytes(static_cast<const char*>(in), in == nullptr ? 0 : length);
  switch (reason) {
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
      woken_ = false;
      ask_for_writes();
      return 0;
    case LWS_CALLBACK_HTTP:
      return on_request(wsi);
    case LWS_CALLBACK_HTTP_BODY:
      return on_body(wsi, bytes);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
      return on_body_end(wsi);
    case LWS_CALLBACK_HTTP_WRITEABLE:
      return on_writable(wsi);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
      return on_upgrade(wsi);
    case LWS_CALLBACK_ESTABLISHED:
      connections_[wsi].socket = true;
      return 0;
    case LWS_CALLBACK_RECEIVE:
      return on_message(wsi, bytes);
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return on_socket_writable(wsi);
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_WSI_DESTROY:
      on_closed(wsi);
      return 0;
    default:
      return 0;
  }
}

// --- HTTP ---

int Server::on_request(lws* wsi) {
  Connection& c = connections_[wsi];
  c = Connection();
  char* path = nullptr;
  int path_length = 0;
  const MethodName method = method_of(lws_http_get_uri_and_method(wsi, &path, &path_length));
  c.method = method.name;
  if (path != nullptr) c.path.assign(path, static_cast<size_t>(path_length));
  std::array<char, 64> peer = {};
  c.peer = lws_get_peer_simple(wsi, peer.data(), peer.size()) != nullptr ? peer.data() : "?";
  c.begun_us = now().us;
  c.chunked = header(wsi, WSI_TOKEN_HTTP) == "HTTP/1.1";

  const Headers headers(wsi);
  service::RequestHead head = headers.head(method.method, c.path);
  head.body_bytes = std::strtoull(header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH).c_str(), nullptr, 10);
  c.body_left = head.body_bytes;
  const Lock lock(mutex_);
  c.exchange = service_->open(head, now());
  if (c.exchange == nullptr) return send_busy(wsi, c);
  if (!c.exchange->has_head && head.body_bytes == 0) service_->complete(*c.exchange, now());
  if (c.exchange->has_head) {
    c.keeps = head.body_bytes == 0;
    lws_callback_on_writable(wsi);
  }
  work_.notify_one();
  return 0;
}

int Server::on_body(lws* wsi, std::string_view bytes) {
  Connection& c = connections_[wsi];
  c.body_left -= std::min<uint64_t>(c.body_left, bytes.size());
  if (c.exchange == nullptr || c.exchange->has_head) return 0;  // answered already: the rest is dropped
  const Lock lock(mutex_);
  if (!service_->receive(*c.exchange, bytes, now())) {
    c.keeps = false;
    lws_callback_on_writable(wsi);
  }
  return 0;
}

int Server::on_body_end(lws* wsi) {
  Connection& c = connections_[wsi];
  if (c.exchange == nullptr) return 0;
  const Lock lock(mutex_);
  service_->complete(*c.exchange, now());
  if (c.exchange->has_head) lws_callback_on_writable(wsi);
  work_.notify_one();
  return 0;
}

int Server::on_writable(lws* wsi) {
  Connection& c = connections_[wsi];
  if (c.exchange == nullptr || !c.exchange->has_head) return 0;
  if (!c.head_sent) return send_head(wsi, c);
  return send_body(wsi, c);
}

bool add_header(lws* wsi, const char* name, std::string_view value, unsigned char** at, unsigned char* end) {
  const std::string token = std::string(name) + ":";
  return lws_add_http_header_by_name(wsi, reinterpret_cast<const unsigned char*>(token.c_str()),
                                     reinterpret_cast<const unsigned char*>(value.data()),
                                     static_cast<int>(value.size()), at, end) == 0;
}

int Server::send_head(lws* wsi, Connection& c) {
  std::array<unsigned char, LWS_PRE + 2048> buffer;
  unsigned char* const begin = buffer.data() + LWS_PRE;
  unsigned char* at = begin;
  unsigned char* const end = buffer.data() + buffer.size();
  const service::ResponseHead& head = c.exchange->head;
  const bool streamed = head.length == service::ResponseHead::kStreamed;
  c.status = head.status;
  if (streamed && !c.chunked) c.keeps = false;

  bool fits = lws_add_http_header_status(wsi, head.status, &at, end) == 0;
  if (!head.content_type.empty()) fits = fits && add_header(wsi, "Content-Type", head.content_type, &at, end);
  if (!streamed) {
    fits = fits && add_header(wsi, "Content-Length", std::to_string(head.length), &at, end);
  } else if (c.chunked) {
    fits = fits && add_header(wsi, "Transfer-Encoding", "chunked", &at, end);
  }
  if (head.retry_after != 0) fits = fits && add_header(wsi, "Retry-After", std::to_string(head.retry_after), &at, end);
  for (size_t i = 0; i < head.header_count; ++i) {
    fits = fits && add_header(wsi, head.headers[i].name, head.headers[i].value, &at, end);
  }
  fits = fits && add_header(wsi, "X-Content-Type-Options", "nosniff", &at, end);
  if (!c.keeps) fits = fits && add_header(wsi, "Connection", "close", &at, end);
  if (!fits || lws_finalize_http_header(wsi, &at, end) != 0) return -1;
  const auto size = static_cast<size_t>(at - begin);
  if (lws_write(wsi, begin, size, LWS_WRITE_HTTP_HEADERS) < static_cast<int>(size)) return -1;
  c.head_sent = true;
  lws_callback_on_writable(wsi);
  return 0;
}

// One write: a piece of the body, in a chunk where its length was not said before.
int Server::send_body(lws* wsi, Connection& c) {
  std::array<char, LWS_PRE + kChunkHead + kWriteBytes + kChunkTail + kLastChunk.size()> buffer;
  char* const body = buffer.data() + LWS_PRE + kChunkHead;
  const bool framed = c.chunked && c.exchange->head.length == service::ResponseHead::kStreamed;
  size_t size = 0;
  bool over = false;
  bool more = false;
  {
    const Lock lock(mutex_);
    size = service_->take(*c.exchange, {body, kWriteBytes}, now());
    over = service_->is_over(*c.exchange);
    more = service_->has_output(*c.exchange);
    work_.notify_one();  // there may be room again
  }
  char* begin = body;
  char* end = body + size;
  if (framed && size > 0) {
    std::array<char, kChunkHead + 1> line;
    const int digits = std::snprintf(line.data(), line.size(), "%zx\r\n", size);
    begin -= digits;
    std::memcpy(begin, line.data(), static_cast<size_t>(digits));
    end = std::copy_n("\r\n", kChunkTail, end);
  }
  if (framed && over) end = std::copy(kLastChunk.begin(), kLastChunk.end(), end);
  if (end > begin) {
    const auto bytes = static_cast<size_t>(end - begin);
    const lws_write_protocol how = over ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP;
    if (lws_write(wsi, reinterpret_cast<unsigned char*>(begin), bytes, how) < static_cast<int>(bytes)) return -1;
  }
  if (over) return end_response(wsi, c);
  if (more) lws_callback_on_writable(wsi);
  return 0;
}

int Server::end_response(lws* wsi, Connection& c) {
  log_request(c);
  close_exchange(c);
  if (!c.keeps) return -1;
  return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

int Server::send_busy(lws* wsi, Connection& c) {
  c.status = HTTP_STATUS_SERVICE_UNAVAILABLE;
  log_request(c);
  lws_return_http_status(wsi, HTTP_STATUS_SERVICE_UNAVAILABLE, nullptr);
  return -1;
}

void Server::log_request(const Connection& c) const {
  const double ms = static_cast<double>(now().us - c.begun_us) / 1000;
  std::array<char, 512> line;
  std::snprintf(line.data(), line.size(), "%s \"%s %.200s\" %u %.1f ms", c.peer.c_str(), c.method.c_str(),
                c.path.c_str(), c.status, ms);
  config_.on_log(line.data());
}

// --- WebSocket ---

int Server::on_upgrade(lws* wsi) {
  char* path = nullptr;
  int path_length = 0;
  lws_http_get_uri_and_method(wsi, &path, &path_length);
  const Headers headers(wsi);
  const bool ours = path != nullptr && std::string_view(path, static_cast<size_t>(path_length)) == "/ws";
  unsigned status = ours ? 0 : HTTP_STATUS_NOT_FOUND;
  if (ours) {
    const Lock lock(mutex_);
    status = service_->may_upgrade(headers.head(service::Method::kGet, "/ws")).status;
  }
  if (status == 0) return 0;
  lws_return_http_status(wsi, status, nullptr);
  return -1;
}

int Server::on_message(lws* wsi, std::string_view bytes) {
  Connection& c = connections_[wsi];
  if (lws_frame_is_binary(wsi) != 0 || c.message.size() + bytes.size() > kBodyBytes) return -1;
  c.message += bytes;
  if (lws_is_final_fragment(wsi) == 0) return 0;
  service::Refusal refusal;
  const Lock lock(mutex_);
  if (c.exchange != nullptr) {
    refusal = service_->message(*c.exchange, c.message);
  } else {
    c.exchange = service_->open_message(c.message, now(), &refusal);
  }
  c.message.clear();
  if (refusal) {
    std::array<char, service::kLeastEventBytes> buffer;
    service::Writer writer(buffer);
    service::write_socket_error(writer, refusal);
    c.notice = writer.view();
    lws_callback_on_writable(wsi);
  }
  work_.notify_one();
  return 0;
}

int Server::on_socket_writable(lws* wsi) {
  Connection& c = connections_[wsi];
  std::array<char, LWS_PRE + kWriteBytes> buffer;
  char* const begin = buffer.data() + LWS_PRE;
  size_t size = 0;
  bool more = false;
  if (!c.notice.empty()) {
    size = c.notice.copy(begin, kWriteBytes);
    c.notice.clear();
    more = c.exchange != nullptr;
  } else if (c.exchange != nullptr) {
    const Lock lock(mutex_);
    size = service_->take(*c.exchange, {begin, kWriteBytes}, now());
    more = service_->has_output(*c.exchange);
    if (service_->is_over(*c.exchange)) {
      service_->close(*c.exchange);
      c.exchange = nullptr;
    }
    work_.notify_one();
  }
  if (size > 0 && lws_write(wsi, reinterpret_cast<unsigned char*>(begin), size, LWS_WRITE_TEXT) < 0) return -1;
  if (more) lws_callback_on_writable(wsi);
  return 0;
}

// --- ends ---

void Server::close_exchange(Connection& c) {
  if (c.exchange == nullptr) return;
  const Lock lock(mutex_);
  service_->close(*c.exchange);
  c.exchange = nullptr;
  work_.notify_one();
}

void Server::on_closed(lws* wsi) {
  const auto found = connections_.find(wsi);
  if (found == connections_.end()) return;
  close_exchange(found->second);
  connections_.erase(found);
}

}  // namespace

bool is_available(std::string*) { return true; }

void serve(Engine& engine, const Config& config) { Server(engine, config).run(); }

}  // namespace thimble::server
