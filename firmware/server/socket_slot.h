// One open WebSocket: the page's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ports/http.h"
#include "service/service.h"

namespace thimble::web {

class Server;

class SocketSlot final : public port::HttpSocket {
 public:
  bool is_free() const { return server_ == nullptr; }
  void open(Server& server);  // the lock is held
  // The service ends; the page hears of it.
  void lose_service();

  void on_message(std::span<char> text) override;
  size_t take(std::span<char> out) override;
  bool is_stalled() override;
  void close() override;

 private:
  Server* server_ = nullptr;               // null: free
  service::Exchange* exchange_ = nullptr;  // the text that is told on it
  service::Refusal notice_{};              // to be said first
};

}  // namespace thimble::web
