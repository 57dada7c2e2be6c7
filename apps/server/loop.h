// The loop of libwebsockets: what happens on sockets becomes calls of the service, and what the service has to say
// becomes writes, one for each time that a socket can take more. All of it on one thread.
#pragma once

#include <libwebsockets.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "apps/server/server.h"
#include "apps/server/worker.h"
#include "service/service.h"

namespace thimble::server {

inline constexpr unsigned kMostConnections = 256;

class Loop {
 public:
  // Listens. Throws Error. serve() comes next, then requests are answered.
  explicit Loop(const Config& config);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  // The worker must outlive the loop's last call.
  void run(Worker& worker);

  // There may be something to send. May be called on any thread, also before and after run().
  void wake();

  int on_event(lws* wsi, lws_callback_reasons reason, void* in, size_t length);

 private:
  struct Connection {
    service::Exchange* exchange = nullptr;
    bool upgraded = false;  // to a WebSocket
    std::string peer;
    std::string request;  // "GET /health", for the log
    uint64_t begun_us = 0;
    unsigned status = 0;
    // HTTP
    bool head_sent = false;
    bool chunked = false;     // the client takes chunks
    bool keeps = true;        // for another request
    bool drops_body = false;  // of a request that was refused
    uint64_t dropped_bytes = 0;
    uint64_t ends_us = 0;  // when it is closed whatever comes; 0: never
    // WebSocket
    std::string message;  // the parts that came so far
    std::string notice;   // to be sent first
  };

  // A timer of libwebsockets, which hands back its own part alone.
  struct Timer {
    lws_sorted_usec_list_t list{};
    Loop* loop = nullptr;
  };
  static void on_timer(lws_sorted_usec_list_t* list);
  void tick();
  void ask_for_writes();
  void write_when_possible(lws* wsi, const Connection& c);

  int on_request(lws* wsi);
  int on_body(lws* wsi, std::string_view bytes);
  int on_body_end(lws* wsi);
  int on_writable(lws* wsi);
  int send_head(lws* wsi, Connection& c);
  int send_body(lws* wsi, Connection& c);
  int end_response(lws* wsi, Connection& c);
  int send_busy(lws* wsi, Connection& c, const service::Refusal& refusal, uint32_t seconds);

  int on_upgrade(lws* wsi, std::string_view protocol);
  int on_message(lws* wsi, std::string_view bytes);
  int on_socket_writable(lws* wsi);

  void close_exchange(Connection& c);
  void on_closed(lws* wsi);
  void log_request(const Connection& c) const;

  const Config& config_;
  Worker* worker_ = nullptr;
  std::unordered_map<lws*, Connection> connections_;
  lws_context* context_ = nullptr;
  lws_vhost* vhost_ = nullptr;
  Timer timer_;
  std::atomic<bool> woken_ = false;  // and has not looked yet
};

}  // namespace thimble::server
