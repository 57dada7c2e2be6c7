// The service of the API behind a transport (ports/http.h): what clients ask comes on the transport's task, the engine
// works on the program's, and one lock holds the two apart, but while the engine computes. Routes of the program stand
// beside the service's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

#include "firmware/server/password.h"
#include "firmware/server/request_slot.h"
#include "firmware/server/route.h"
#include "firmware/server/socket_slot.h"
#include "ports/http.h"
#include "service/service.h"

namespace thimble::web {

inline constexpr size_t kMostConnections = 8;  // at once; two of them are kept for requests
inline constexpr size_t kMostSockets = kMostConnections - 2;
inline constexpr uint64_t kPatienceUs = 10'000'000;  // with a client that takes or brings nothing

struct Options {
  std::span<const service::Asset> page{};  // gzipped
  std::span<Route* const> routes{};
  const Password* password = nullptr;         // null: there is no key
  std::span<const std::string_view> names{};  // that the board goes by, beside its addresses
  service::Platform platform{};
  size_t requests = 6;         // that the service answers at once; those beyond hear that it is busy. Files need none
  size_t queue = 3;            // of them, texts that wait behind the one that is told
  size_t buffer_bytes = 4096;  // longest body for the service, and text that waits for a slow client
  size_t json_values = 192;    // of a body
};

class Server final : public port::HttpApplication {
 public:
  // What the options view must outlive the server.
  explicit Server(const Options& options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  static port::HttpLimits limits(const Options& options);

  // --- by the program's task ---

  // Bytes that attach() needs for any model of usual size.
  static size_t memory_bytes(const Options& options);
  // From now on clients are answered by this engine, which must outlive that. `memory`: aligned as for any type.
  // Errors: kOutOfMemory (subject "service").
  Status attach(Engine& engine, std::span<std::byte> memory);
  // The engine is needed for another model: what was asked ends with an error, and so does what is asked until the next
  // attach(). The page stays.
  void detach();
  // One piece of the engine's work, a token or a prompt, where somebody waits for one. False: nobody does.
  bool step();
  // Whether a text is being told, so that the engine is not to be touched.
  bool is_telling();
  // Somebody wants a text.
  bool has_work();
  // Holds off requests, for what the program shares with its routes.
  std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }
  // A route that waited has an answer.
  void wake() { port::wake_http(); }

  // --- by the transport's task ---

  port::HttpExchange* on_request(const HttpRequest& request) override;
  port::HttpSocket* on_socket(const HttpRequest& request, uint16_t* status) override;

 private:
  friend class RequestSlot;
  friend class SocketSlot;

  static service::Now now();
  static bool key_matches(void* self, std::string_view given);
  void open(RequestSlot& slot, const HttpRequest& request);
  void open_route(RequestSlot& slot, Route& route, const HttpRequest& request);
  const service::Asset* file_of(std::string_view path) const;

  const Options options_;
  std::mutex mutex_;  // holds the service apart from itself, but compute()
  std::optional<service::Service> service_;
  std::array<RequestSlot, kMostConnections> requests_;
  std::array<SocketSlot, kMostSockets> sockets_;
};

}  // namespace thimble::web
