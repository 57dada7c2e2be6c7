// A service in memory, and clients without a network: what a server does for it, step by step.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "service/service.h"
#include "tests/support/engine_fixture.h"
#include "thimble/model.h"

namespace thimble::testing {

// Over an image that outlives it. Time stands still unless a test moves it.
class TestService {
 public:
  explicit TestService(std::span<const std::byte> image, const service::Options& options = {})
      : engine_(image, {.max_batch = 8, .max_run_bytes = 4096}),
        memory_(service::Service::memory_bytes(options, engine_.engine()) / sizeof(std::max_align_t) + 1),
        service_(engine_.engine(), options, std::as_writable_bytes(std::span(memory_)), now) {}

  service::Service& operator*() { return service_; }
  service::Service* operator->() { return &service_; }
  Engine& engine() { return engine_.engine(); }

  service::Exchange* post(std::string_view path, std::string_view body, std::string_view authorization = {}) {
    HttpRequest head = head_of(HttpMethod::kPost, path);
    head.body_bytes = body.size();
    head.authorization = authorization;
    service::Exchange* const e = service_.open(head, now);
    if (e == nullptr || e->has_head) return e;
    service_.receive(*e, body, now);
    service_.complete(*e, now);
    return e;
  }
  service::Exchange* get(std::string_view path, std::string_view authorization = {}) {
    HttpRequest head = head_of(HttpMethod::kGet, path);
    head.authorization = authorization;
    return service_.open(head, now);
  }
  static HttpRequest head_of(HttpMethod method, std::string_view path) {
    HttpRequest head;
    head.method = method;
    head.path = path;
    head.host = "127.0.0.1:8080";
    return head;
  }

  // Everything that there is to take now, `at_once` bytes at a time.
  std::string take(service::Exchange& e, size_t at_once = 4096) {
    std::string taken;
    for (;;) {
      std::vector<char> out(at_once);
      const size_t count = service_.take(e, out, now);
      if (count == 0) return taken;
      taken.append(out.data(), count);
    }
  }
  // The messages of a WebSocket that there are now.
  std::vector<std::string> messages(service::Exchange& e) {
    std::vector<std::string> all;
    for (;;) {
      std::vector<char> out(4096);
      const size_t count = service_.take(e, out, now);
      if (count == 0) return all;
      all.emplace_back(out.data(), count);
    }
  }
  void run() {
    while (service_.has_work()) service_.step(now);
  }
  // The whole answer; the exchange is closed.
  std::string answer(service::Exchange& e) {
    std::string all;
    while (!e.has_head && service_.has_work()) service_.step(now);
    while (!service_.is_over(e)) {
      all += take(e);
      if (service_.is_over(e) || !service_.has_work()) break;
      service_.step(now);
    }
    all += take(e);
    service_.close(e);
    return all;
  }

  service::Now now{1'000'000, 1'700'000'000};

 private:
  TestEngine engine_;
  std::vector<std::max_align_t> memory_;
  service::Service service_;
};

}  // namespace thimble::testing
