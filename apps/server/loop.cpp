#include "apps/server/loop.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "apps/server/http_parts.h"

namespace thimble::server {
namespace {

using service::Exchange;

constexpr unsigned kHeaderBytes = 4096;    // of all headers of a request together
constexpr unsigned kHeaderSeconds = 10;    // from the connection to the last header
constexpr int kIdleSeconds = 60;           // until the next request on a connection
constexpr uint16_t kPingSeconds = 30;      // a silent WebSocket is asked whether it lives
constexpr uint16_t kHangUpSeconds = 45;    // and given up
constexpr lws_usec_t kTick = 200'000;      // microseconds between looks at what takes too long
constexpr uint64_t kFarewell = 2'000'000;  // microseconds for clients to hear of the server's end
// A body that was refused is read on for a while, so that the client sees the answer: closing at once would make its
// system throw the answer away.
constexpr uint64_t kMostRefusedBytes = 1 << 20;
constexpr uint64_t kRefusedTime = 2'000'000;  // microseconds
constexpr size_t kWriteBytes = 4096;          // at once
constexpr size_t kChunkHead = 8;              // "1000\r\n" in front of a chunk
constexpr std::string_view kChunkEnd = "\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr std::string_view kSocketPath = "/ws";

int on_lws_event(lws* wsi, lws_callback_reasons reason, void*, void* in, size_t length) {
  auto* const loop = static_cast<Loop*>(lws_context_user(lws_get_context(wsi)));
  return loop == nullptr ? 0 : loop->on_event(wsi, reason, in, length);
}

constexpr std::array<lws_protocols, 2> kProtocols = {
    {{"http", on_lws_event, 0, kWriteBytes, 0, nullptr, 0}, {nullptr, nullptr, 0, 0, 0, nullptr, 0}}};
constexpr lws_retry_bo_t kIdlePolicy = {nullptr, 0, 0, kPingSeconds, kHangUpSeconds, 0};

bool is_streamed(const Exchange& e) { return e.head.length == HttpResponse::kStreamed; }

}  // namespace

// --- beginning and end ---

Loop::Loop(const Config& config) : config_(config) {
  lws_set_log_level(0, nullptr);
  const bool ipv6 = config.host.find(':') != std::string::npos;
  const bool everywhere = config.host == "0.0.0.0" || config.host == "::";
  lws_context_creation_info info = {};
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_VALIDATE_UTF8 |
                 LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
  if (!ipv6) info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
  info.port = config.port;
  info.iface = everywhere ? nullptr : config.host.c_str();
  info.protocols = kProtocols.data();
  info.user = this;
  info.gid = info.uid = -1;  // stay who we are
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
    throw Error(config.host + " port " + std::to_string(config.port) +
                ": cannot listen there; another program has the port, or this machine has no such address");
  }
}

Loop::~Loop() { lws_context_destroy(context_); }

void Loop::run(Worker& worker) {
  worker_ = &worker;
  timer_.loop = this;
  lws_sul_schedule(context_, 0, &timer_.list, &Loop::on_timer, kTick);
  config_.on_listening(static_cast<uint16_t>(lws_get_vhost_listen_port(vhost_)));
  while (!config_.stopped() && lws_service(context_, 0) >= 0) {
  }

  worker.service()->stop_all();
  ask_for_writes();
  const uint64_t until = now().us + kFarewell;
  const auto talks = [&] { return worker.service()->open_exchanges() > 0; };  // whose lock ends here
  while (talks() && now().us < until && lws_service(context_, 0) >= 0) {
  }
  lws_sul_cancel(&timer_.list);
  for (auto& [wsi, connection] : connections_) close_exchange(connection);
  worker_ = nullptr;
}

void Loop::wake() {
  if (!woken_.exchange(true)) lws_cancel_service(context_);
}

void Loop::on_timer(lws_sorted_usec_list_t* list) {
  Loop* const loop = lws_container_of(list, Timer, list)->loop;
  loop->tick();
  lws_sul_schedule(loop->context_, 0, list, &Loop::on_timer, kTick);
}

// Gives up clients that take or bring nothing.
void Loop::tick() {
  for (auto& [wsi, c] : connections_) {
    const bool stalled = c.exchange != nullptr && worker_->service()->is_stalled(*c.exchange, now());
    const bool ended = c.ends_us != 0 && now().us >= c.ends_us;
    if (stalled || ended) lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
  }
  ask_for_writes();
}

void Loop::ask_for_writes() {
  if (worker_ == nullptr) return;
  for (auto& [wsi, c] : connections_) write_when_possible(wsi, c);
}

void Loop::write_when_possible(lws* wsi, const Connection& c) {
  if (c.exchange == nullptr) return;
  const Worker::Access service = worker_->service();
  const bool ends = c.exchange->has_head && service->is_over(*c.exchange);
  if (ends || service->has_output(*c.exchange)) lws_callback_on_writable(wsi);
}

int Loop::on_event(lws* wsi, lws_callback_reasons reason, void* in, size_t length) {
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
      return on_upgrade(wsi, static_cast<const char*>(in));
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

int Loop::on_request(lws* wsi) {
  if (worker_ == nullptr) return -1;
  Connection& c = connections_[wsi];
  close_exchange(c);
  c = Connection();
  const RequestLine line(wsi);
  c.request = std::string(line.name) + " " + line.path;
  c.peer = peer_of(wsi);
  c.begun_us = now().us;
  c.chunked = header(wsi, WSI_TOKEN_HTTP) == "HTTP/1.1";

  const Headers headers(wsi);
  HttpRequest head = headers.head(line);
  head.body_bytes = std::strtoull(header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH).c_str(), nullptr, 10);
  head.length_known = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) == 0;
  const Worker::Access service = worker_->service();
  c.exchange = service->open(head, now());
  if (c.exchange == nullptr) return send_busy(wsi, c, service->busy(), service->seconds_until_room());
  if (!c.exchange->has_head && head.body_bytes == 0) service->complete(*c.exchange, now());
  if (c.exchange->has_head) {
    c.keeps = head.body_bytes == 0 && head.length_known;
    c.drops_body = head.body_bytes > 0;
    lws_callback_on_writable(wsi);
  }
  return 0;
}

int Loop::on_body(lws* wsi, std::string_view bytes) {
  Connection& c = connections_[wsi];
  if (c.drops_body) return (c.dropped_bytes += bytes.size()) > kMostRefusedBytes ? -1 : 0;
  if (c.exchange == nullptr) return -1;
  const Worker::Access service = worker_->service();
  if (service->receive(*c.exchange, bytes, now())) return 0;
  c.keeps = false;
  c.drops_body = true;
  lws_callback_on_writable(wsi);
  return 0;
}

int Loop::on_body_end(lws* wsi) {
  Connection& c = connections_[wsi];
  if (c.exchange == nullptr) return -1;  // its answer is out
  const Worker::Access service = worker_->service();
  if (!c.drops_body) service->complete(*c.exchange, now());
  c.drops_body = false;
  if (c.exchange->has_head) lws_callback_on_writable(wsi);
  return 0;
}

int Loop::on_writable(lws* wsi) {
  Connection& c = connections_[wsi];
  if (c.exchange == nullptr || worker_ == nullptr) return 0;
  {
    const Worker::Access service = worker_->service();
    if (!c.exchange->has_head) return 0;  // which stays as it is from now on
  }
  return c.head_sent ? send_body(wsi, c) : send_head(wsi, c);
}

int Loop::send_head(lws* wsi, Connection& c) {
  const HttpResponse& head = c.exchange->head;
  const bool streamed = is_streamed(*c.exchange);
  const bool bodiless = head.status == HTTP_STATUS_NO_CONTENT || head.status == HTTP_STATUS_NOT_MODIFIED;
  if (streamed && !c.chunked) c.keeps = false;
  c.status = head.status;
  c.head_sent = true;

  HeadWriter out(wsi);
  out.status(head.status);
  if (!head.content_type.empty()) out.add("Content-Type", head.content_type);
  if (streamed && c.chunked) out.add("Transfer-Encoding", "chunked");
  if (!streamed && !bodiless) out.add("Content-Length", std::to_string(head.length));
  if (head.retry_after != 0) out.add("Retry-After", std::to_string(head.retry_after));
  for (size_t i = 0; i < head.header_count; ++i) out.add(head.headers[i].name, head.headers[i].value);
  out.add("X-Content-Type-Options", "nosniff");
  if (!c.keeps) out.add("Connection", "close");
  if (!out.send()) return -1;
  lws_callback_on_writable(wsi);
  return 0;
}

// One write: a piece of the body, in a chunk where its length was not said before.
int Loop::send_body(lws* wsi, Connection& c) {
  std::array<char, LWS_PRE + kChunkHead + kWriteBytes + kChunkEnd.size() + kLastChunk.size()> buffer;
  char* begin = buffer.data() + LWS_PRE + kChunkHead;
  size_t size = 0;
  bool over = false;
  {
    const Worker::Access service = worker_->service();
    size = service->take(*c.exchange, {begin, kWriteBytes}, now());
    over = service->is_over(*c.exchange);
    if (service->is_broken(*c.exchange)) return -1;
  }
  char* end = begin + size;
  const bool framed = c.chunked && is_streamed(*c.exchange);
  if (framed && size > 0) {
    std::array<char, kChunkHead + 1> line;
    const int digits = std::snprintf(line.data(), line.size(), "%zx\r\n", size);
    begin -= digits;
    std::memcpy(begin, line.data(), static_cast<size_t>(digits));
    end = std::copy(kChunkEnd.begin(), kChunkEnd.end(), end);
  }
  if (framed && over) end = std::copy(kLastChunk.begin(), kLastChunk.end(), end);
  const auto bytes = static_cast<size_t>(end - begin);
  const lws_write_protocol how = over ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP;
  if (bytes > 0 && lws_write(wsi, reinterpret_cast<unsigned char*>(begin), bytes, how) < 0) return -1;
  if (over) return end_response(wsi, c);
  write_when_possible(wsi, c);
  return 0;
}

int Loop::end_response(lws* wsi, Connection& c) {
  log_request(c);
  close_exchange(c);
  if (c.drops_body) {
    c.ends_us = now().us + kRefusedTime;
    return 0;
  }
  return !c.keeps || lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

// Without an exchange, so in one piece.
int Loop::send_busy(lws* wsi, Connection& c, const service::Refusal& refusal, uint32_t seconds) {
  std::array<char, service::kLeastEventBytes> body;
  service::Writer json(body);
  service::write_error(json, refusal);
  std::string response = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: ";
  response += std::to_string(seconds) + "\r\nContent-Length: " + std::to_string(json.size());
  response += "\r\nConnection: close\r\n\r\n";
  response += json.view();
  c.status = refusal.status;
  log_request(c);
  std::string padded(LWS_PRE, '\0');
  padded += response;
  lws_write(wsi, reinterpret_cast<unsigned char*>(padded.data()) + LWS_PRE, response.size(), LWS_WRITE_HTTP_HEADERS);
  return -1;
}

void Loop::log_request(const Connection& c) const {
  const double ms = static_cast<double>(now().us - c.begun_us) / 1000;
  std::array<char, 512> line;
  std::snprintf(line.data(), line.size(), "%s %.200s %u %.1f ms", c.peer.c_str(), c.request.c_str(), c.status, ms);
  config_.on_log(line.data());
}

// --- WebSocket ---

// `protocol`: "websocket", or "h2c", which libwebsockets cannot just ignore.
int Loop::on_upgrade(lws* wsi, std::string_view protocol) {
  if (worker_ == nullptr) return -1;
  const RequestLine line(wsi);
  const Headers headers(wsi);
  unsigned status = HTTP_STATUS_NOT_FOUND;
  if (protocol != "websocket") {
    status = HTTP_STATUS_HTTP_VERSION_NOT_SUPPORTED;
  } else if (line.path == kSocketPath) {
    status = worker_->service()->may_upgrade(headers.head(line)).status;
  }
  if (status == 0) {
    Connection& c = connections_[wsi];
    c = Connection();
    c.upgraded = true;
    c.peer = peer_of(wsi);
    return 0;
  }
  lws_return_http_status(wsi, status, nullptr);
  return -1;
}

int Loop::on_message(lws* wsi, std::string_view bytes) {
  Connection& c = connections_[wsi];
  if (worker_ == nullptr || lws_frame_is_binary(wsi) != 0) return -1;
  if (c.message.size() + bytes.size() > kBodyBytes) return -1;
  c.message += bytes;
  if (lws_is_final_fragment(wsi) == 0) return 0;
  service::Refusal refusal;
  const Worker::Access service = worker_->service();
  if (c.exchange != nullptr) {
    refusal = service->message(*c.exchange, c.message);
  } else {
    c.exchange = service->open_message(c.message, now(), &refusal);
    c.request = "WS generate";
    c.begun_us = now().us;
  }
  c.message.clear();
  if (!refusal) return 0;
  std::array<char, service::kLeastEventBytes> buffer;
  service::Writer writer(buffer);
  service::write_socket_error(writer, refusal);
  c.notice = writer.view();
  c.status = refusal.status;
  if (c.exchange == nullptr) log_request(c);
  lws_callback_on_writable(wsi);
  return 0;
}

int Loop::on_socket_writable(lws* wsi) {
  Connection& c = connections_[wsi];
  if (worker_ == nullptr) return 0;
  std::array<char, LWS_PRE + kWriteBytes> buffer;
  char* const begin = buffer.data() + LWS_PRE;
  size_t size = c.notice.copy(begin, kWriteBytes);
  bool over = false;
  if (size > 0) {
    c.notice.clear();
  } else if (c.exchange != nullptr) {
    const Worker::Access service = worker_->service();
    size = service->take(*c.exchange, {begin, kWriteBytes}, now());
    over = service->is_over(*c.exchange);
    c.status = c.exchange->failure ? c.exchange->failure.status : unsigned{HTTP_STATUS_OK};
  }
  if (size > 0 && lws_write(wsi, reinterpret_cast<unsigned char*>(begin), size, LWS_WRITE_TEXT) < 0) return -1;
  if (over) {
    log_request(c);
    close_exchange(c);
  }
  write_when_possible(wsi, c);
  return 0;
}

// --- ends ---

void Loop::close_exchange(Connection& c) {
  if (c.exchange == nullptr || worker_ == nullptr) return;
  worker_->service()->close(*c.exchange);
  c.exchange = nullptr;
}

void Loop::on_closed(lws* wsi) {
  const auto found = connections_.find(wsi);
  if (found == connections_.end()) return;
  if (found->second.exchange != nullptr && worker_ != nullptr) {
    found->second.request += " (left)";
    log_request(found->second);
  }
  close_exchange(found->second);
  connections_.erase(found);
}

}  // namespace thimble::server
