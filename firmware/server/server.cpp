#include "firmware/server/server.h"

#include <algorithm>

#include "ports/port.h"
#include "service/access.h"

namespace thimble::web {
namespace {

constexpr size_t kPatternBytes = 512;  // of a chat's turn, and of stop strings; longer ones find no service

bool reads(const HttpRequest& request) {
  return request.method == HttpMethod::kGet || request.method == HttpMethod::kHead;
}

// Whoever computes for seconds says that he lives, and clients hear how far a prompt was read.
void between_sweeps() {
  port::yield();
  port::wake_http();
}

service::Options service_options(const Options& options) {
  service::Options made;
  made.exchanges = options.requests;
  made.queue = options.queue;
  made.buffer_bytes = options.buffer_bytes;
  made.json_values = options.json_values;
  made.patience_us = kPatienceUs;
  made.names = options.names;
  made.platform = options.platform;
  made.on_sweep = between_sweeps;
  made.chance = port::ticks() * 0x9e3779b97f4a7c15u;  // the moment at which somebody plugged it in
  return made;
}

}  // namespace

Server::Server(const Options& options) : options_(options) {}

port::HttpLimits Server::limits(const Options& options) {
  port::HttpLimits limits;
  limits.connections = kMostConnections;
  limits.message_bytes = options.buffer_bytes;
  return limits;
}

// Seconds of the day nobody tells a board.
service::Now Server::now() { return {port::ticks() * (1'000'000 / port::ticks_per_second()), 0}; }

// --- the program's task ---

size_t Server::memory_bytes(const Options& options) {
  return service::Service::memory_bytes(service_options(options), options.buffer_bytes + kPatternBytes, kPatternBytes);
}

Status Server::attach(Engine& engine, std::span<std::byte> memory) {
  service::Options options = service_options(options_);
  options.key_check = {key_matches, this};
  const size_t needed = service::Service::memory_bytes(options, engine);
  if (needed > memory.size()) return Status::error(Code::kOutOfMemory, "service").got(memory.size(), needed);
  const std::lock_guard lock(mutex_);
  service_.emplace(engine, options, memory, now());
  return {};
}

void Server::detach() {
  const std::lock_guard lock(mutex_);
  for (RequestSlot& slot : requests_) slot.lose_service();
  for (SocketSlot& slot : sockets_) slot.lose_service();
  service_.reset();
  wake();
}

bool Server::step() {
  std::unique_lock lock(mutex_);
  if (!service_ || !service_->has_work()) return false;
  service_->prepare(now());
  lock.unlock();
  service_->compute();
  lock.lock();
  service_->publish(now());
  lock.unlock();
  wake();
  return true;
}

bool Server::is_telling() {
  const std::lock_guard lock(mutex_);
  return service_ && service_->counters().running > 0;
}

bool Server::has_work() {
  const std::lock_guard lock(mutex_);
  return service_ && service_->has_work();
}

// --- the transport's task ---

port::HttpExchange* Server::on_request(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  auto* const slot = std::find_if(requests_.begin(), requests_.end(), [](const RequestSlot& s) { return s.is_free(); });
  if (slot == requests_.end()) return nullptr;
  open(*slot, request);
  return slot;
}

void Server::open(RequestSlot& slot, const HttpRequest& request) {
  for (Route* const route : options_.routes) {
    if (route->takes(request)) return open_route(slot, *route, request);
  }
  const bool head_only = request.method == HttpMethod::kHead;
  const service::Asset* const file = file_of(request.path);
  if (!service::host_is_ours(request.host, options_.names)) {
    slot.refuse(*this, 403, "this server does not go by the name in Host", head_only);
  } else if (file != nullptr && reads(request)) {
    slot.serve_file(*this, *file, request);
  } else if (service_) {
    slot.open(*this, *service_, request);
  } else {
    slot.refuse(*this, 503, "there is no model to tell with", head_only);
  }
}

void Server::open_route(RequestSlot& slot, Route& route, const HttpRequest& request) {
  const Guard guard = route.guard();
  const bool head_only = request.method == HttpMethod::kHead;
  const auto refuse = [&](uint16_t status, std::string_view why) { slot.refuse(*this, status, why, head_only); };
  if (!guard.any_host && !service::host_is_ours(request.host, options_.names)) {
    refuse(403, "this server does not go by the name in Host");
  } else if (!reads(request) && !service::origin_may_ask(request.origin, request.host, {})) {
    refuse(403, "pages of this origin may not ask");
  } else if (guard.key && !key_matches(this, service::bearer_token(request.authorization))) {
    refuse(401, "a key is needed: Authorization: Bearer KEY");
  } else {
    slot.open(*this, &route, request);
  }
}

port::HttpSocket* Server::on_socket(const HttpRequest& request, uint16_t* status) {
  const std::lock_guard lock(mutex_);
  if (!service::host_is_ours(request.host, options_.names) ||
      !service::origin_may_ask(request.origin, request.host, {})) {
    *status = 403;
    return nullptr;
  }
  auto* const slot = std::find_if(sockets_.begin(), sockets_.end(), [](const SocketSlot& s) { return s.is_free(); });
  if (slot == sockets_.end()) {
    *status = 503;
    return nullptr;
  }
  slot->open(*this);
  return slot;
}

const service::Asset* Server::file_of(std::string_view path) const {
  if (path == "/") path = "/index.html";
  const auto found = std::find_if(options_.page.begin(), options_.page.end(),
                                  [path](const service::Asset& file) { return file.path == path; });
  return found != options_.page.end() ? &*found : nullptr;
}

bool Server::key_matches(void* self, std::string_view given) {
  const Password* const password = static_cast<const Server*>(self)->options_.password;
  return password == nullptr || !password->is_set() || password->matches(given);
}

}  // namespace thimble::web
