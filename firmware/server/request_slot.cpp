#include "firmware/server/request_slot.h"

#include <algorithm>
#include <mutex>
#include <new>

#include "firmware/server/server.h"
#include "service/routes.h"

namespace thimble::web {

// --- beginnings ---

void RequestSlot::start(Server& server) {
  this->~RequestSlot();
  new (this) RequestSlot();
  server_ = &server;
  moved_us_ = server.now().us;
}

void RequestSlot::open(Server& server, Route* route, const HttpRequest& request) {
  start(server);
  route_ = route;
  route->on_head(call_, request);
}

void RequestSlot::open(Server& server, service::Service& service, const HttpRequest& request) {
  start(server);
  exchange_ = service.open(request, server.now());
  if (exchange_ != nullptr) return take_head();
  call_.refuse(503, service.busy().message);
  call_.head().retry_after = service.seconds_until_room();
}

void RequestSlot::refuse(Server& server, uint16_t status, std::string_view message, bool head_only) {
  start(server);
  call_.refuse(status, message);
  if (head_only) call_.rest_ = {};
}

void RequestSlot::serve_file(Server& server, const service::Asset& file, const HttpRequest& request) {
  start(server);
  HttpResponse& head = call_.head();
  head.add("ETag", file.etag);
  head.add("Cache-Control", "no-cache");
  if (service::contains(request.if_none_match, file.etag)) return call_.answer(304, {}, {});
  head.add("Content-Encoding", "gzip");
  head.add("Content-Security-Policy", service::kPagePolicy);
  call_.answer(200, file.content_type, file.gzipped);
  if (request.method == HttpMethod::kHead) call_.rest_ = {};
}

void RequestSlot::lose_service() {
  if (exchange_ == nullptr) return;
  exchange_ = nullptr;
  broken_ = call_.answered_;
  if (!broken_) call_.refuse(503, "the model is being changed; try again");
}

// The head of the service's answer, as soon as it is known.
void RequestSlot::take_head() {
  if (call_.answered_ || !exchange_->has_head) return;
  call_.head() = exchange_->head;
  call_.answered_ = true;
}

// --- what the transport calls ---

size_t RequestSlot::room() {
  const std::lock_guard lock(server_->mutex_);
  return exchange_ == nullptr && route_ != nullptr ? route_->room(call_) : SIZE_MAX;
}

void RequestSlot::on_body(std::string_view bytes) {
  const std::lock_guard lock(server_->mutex_);
  moved_us_ = server_->now().us;
  if (exchange_ != nullptr) {
    (void)server_->service_->receive(*exchange_, bytes, server_->now());
    take_head();
  } else if (route_ != nullptr && !call_.answered_) {
    route_->on_body(call_, bytes);
  }
}

void RequestSlot::on_end() {
  const std::lock_guard lock(server_->mutex_);
  body_is_whole_ = true;
  moved_us_ = server_->now().us;
  if (exchange_ != nullptr) {
    server_->service_->complete(*exchange_, server_->now());
    take_head();
  } else if (route_ != nullptr && !call_.answered_) {
    route_->on_end(call_);
  }
}

const HttpResponse* RequestSlot::response() {
  const std::lock_guard lock(server_->mutex_);
  if (exchange_ != nullptr) {
    take_head();
  } else if (route_ != nullptr && !call_.answered_ && body_is_whole_) {
    route_->poll(call_);
    moved_us_ = server_->now().us;
  }
  return call_.answered_ ? &call_.response_ : nullptr;
}

size_t RequestSlot::take(std::span<char> out) {
  const std::lock_guard lock(server_->mutex_);
  if (exchange_ != nullptr) return server_->service_->take(*exchange_, out, server_->now());
  const size_t count = call_.rest_.copy(out.data(), out.size());
  call_.rest_.remove_prefix(count);
  moved_us_ = server_->now().us;
  return count;
}

bool RequestSlot::is_whole() const {
  if (exchange_ != nullptr) return exchange_->has_head && server_->service_->is_over(*exchange_);
  return call_.answered_ && call_.rest_.empty() && !broken_;
}

bool RequestSlot::is_over() {
  const std::lock_guard lock(server_->mutex_);
  return is_whole();
}

bool RequestSlot::is_broken() {
  const std::lock_guard lock(server_->mutex_);
  return broken_ || (exchange_ != nullptr && server_->service_->is_broken(*exchange_));
}

bool RequestSlot::is_stalled() {
  const std::lock_guard lock(server_->mutex_);
  if (exchange_ != nullptr) return server_->service_->is_stalled(*exchange_, server_->now());
  const bool waits_for_route = route_ != nullptr && !call_.answered_ && (body_is_whole_ || route_->room(call_) == 0);
  return !waits_for_route && server_->now().us - moved_us_ > kPatienceUs;
}

void RequestSlot::close() {
  const std::lock_guard lock(server_->mutex_);
  if (exchange_ != nullptr) server_->service_->close(*exchange_);
  if (route_ != nullptr) route_->on_close(call_, is_whole());
  server_ = nullptr;
}

}  // namespace thimble::web
