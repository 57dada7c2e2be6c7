// What the set-up page asks: /api/wifi. Only while the access point is open: whoever is in it stands near the board.
//
//   GET  /api/wifi            the network's state
//   GET  /api/wifi/networks   what the last scan saw
//   POST /api/wifi/scan       looks around
//   POST /api/wifi/join       {"ssid": NAME, "password": TEXT}, the latter for networks that have one
//   POST /api/wifi/forget     forgets the network
#pragma once

#include <cstddef>
#include <string_view>

#include "firmware/network/network.h"
#include "firmware/server/route.h"
#include "service/json.h"

namespace thimble::network {

class SetupApi final : public web::Route {
 public:
  explicit SetupApi(Network& network) : network_(network) {}

  bool takes(const HttpRequest& request) const override;
  web::Guard guard() const override { return {.key = false}; }
  void on_head(web::Call& call, const HttpRequest& request) override;
  void on_body(web::Call& call, std::string_view bytes) override;
  void on_end(web::Call& call) override;
  void on_close(web::Call& call, bool whole) override;

  // Longest body of a request: name and password with every character escaped.
  static constexpr size_t kMostBodyBytes = 768;

 private:
  void answer_state(web::Call& call);
  void answer_networks(web::Call& call);
  void begin_body(web::Call& call, const HttpRequest& request);
  void join(web::Call& call, std::string_view ssid, std::string_view password);
  bool take_room(web::Call& call);

  Network& network_;
  web::Call* owner_ = nullptr;  // of the room: a body on its way in, or a list on its way out
  char room_[2048];
  size_t used_ = 0;
};

}  // namespace thimble::network
