// One request that the transport has handed over: a route's or the service's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "firmware/server/route.h"
#include "ports/http.h"
#include "service/service.h"

namespace thimble::web {

class Server;

class RequestSlot final : public port::HttpExchange {
 public:
  bool is_free() const { return server_ == nullptr; }

  // The first step of each; the lock is held.
  void open(Server& server, Route* route, const HttpRequest& request);
  void open(Server& server, service::Service& service, const HttpRequest& request);
  void refuse(Server& server, uint16_t status, std::string_view message, bool head_only);
  void serve_file(Server& server, const service::Asset& file, const HttpRequest& request);
  // The service ends: what it has said so far is all.
  void lose_service();

  size_t room() override;
  void on_body(std::string_view bytes) override;
  void on_end() override;
  const HttpResponse* response() override;
  size_t take(std::span<char> out) override;
  bool is_over() override;
  bool is_broken() override;
  bool is_stalled() override;
  void close() override;

 private:
  void start(Server& server);
  void take_head();
  bool is_whole() const;

  Server* server_ = nullptr;               // null: free
  service::Exchange* exchange_ = nullptr;  // of the service; else a call
  Route* route_ = nullptr;                 // of the call; null: the server has answered by itself
  Call call_;
  bool body_is_whole_ = false;
  bool broken_ = false;
  uint64_t moved_us_ = 0;  // when the client last took or brought something
};

}  // namespace thimble::web
