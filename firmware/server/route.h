// Paths beside those of the service: the set-up page, uploads, updates. The server asks its routes first, in order;
// what none of them takes goes to the service.
//
// All calls come from the transport's task (ports/http.h) with the server's lock held, so they must be short: a route
// with work to do hands it to the program's task and answers when that calls Server::wake().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ports/http.h"

namespace thimble::web {

// A request that a route has taken, from on_head() to on_close(), and its answer. The server's; several may be under
// way for one route.
class Call {
 public:
  static constexpr size_t kTextBytes = 512;

  // The answer in one: from then on no body is taken any more. `body` must live as long as the program;
  // answer_text() copies one of at most kTextBytes, and cuts what is longer.
  void answer(uint16_t status, std::string_view content_type, std::string_view body);
  void answer_text(uint16_t status, std::string_view content_type, std::string_view body);
  // {"error":{"message":...}} as the service's errors are.
  void refuse(uint16_t status, std::string_view message);
  // Headers for it, before it is given.
  HttpResponse& head() { return response_; }

  bool answered() const { return answered_; }

  // The route's own.
  void* user = nullptr;

 private:
  friend class RequestSlot;

  HttpResponse response_{};
  bool answered_ = false;
  std::string_view rest_{};  // of the body, to be sent
  char text_[kTextBytes];
};

// What must hold of a request before the route sees it; else the server refuses it with 403 or 401.
struct Guard {
  bool any_host = false;  // also for names that are not this server's: a captive portal
  bool key = true;        // the key of the API is needed, where there is one; false: everybody may ask
};

class Route {
 public:
  // Whether it takes this request; by method and path, as a rule. Called for each request that comes.
  virtual bool takes(const HttpRequest& request) const = 0;
  virtual Guard guard() const { return {}; }

  // A request begins. May answer at once, else the body comes.
  virtual void on_head(Call& call, const HttpRequest& request) = 0;
  // Bytes of the body that on_body() would take now, see HttpExchange::room().
  virtual size_t room(Call&) { return SIZE_MAX; }
  virtual void on_body(Call&, std::string_view /*bytes*/) {}
  // The body is whole. The answer may come at once, or later, from poll().
  virtual void on_end(Call&) {}
  // Called while a call whose body is whole has no answer: after each Server::wake(), and some times a second.
  virtual void poll(Call&) {}
  // The call ends; `whole`: its answer was sent to its end, else the client is gone.
  virtual void on_close(Call&, bool /*whole*/) {}

 protected:
  ~Route() = default;
};

}  // namespace thimble::web
