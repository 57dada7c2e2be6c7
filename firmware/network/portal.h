// What a guest of the access point finds in a browser: the set-up page, whatever was asked for.
#pragma once

#include <span>
#include <string_view>

#include "firmware/network/network.h"
#include "firmware/server/route.h"
#include "service/terms.h"

namespace thimble::network {

inline constexpr std::string_view kSetupUrl = "http://192.168.4.1/setup/";

// While the access point is open, all that was meant for others leads to the set-up page: every name is this board
// (dns.h), so what comes with a name that is not the board's is a phone that tries whether there is an internet, or
// somebody who typed an address. Phones open the page by themselves then.
class Portal final : public web::Route {
 public:
  // `names`: those of the board, beside its addresses.
  Portal(Network& network, std::span<const std::string_view> names) : network_(network), names_(names) {}

  bool takes(const HttpRequest& request) const override;
  web::Guard guard() const override { return {.any_host = true, .key = false}; }
  void on_head(web::Call& call, const HttpRequest& request) override;

 private:
  Network& network_;
  const std::span<const std::string_view> names_;
};

// The files of the set-up page, below /setup/; open or not, it says what is the matter.
class SetupPage final : public web::Route {
 public:
  // Gzipped, by their paths in the page's folder: "/index.html".
  explicit SetupPage(std::span<const service::Asset> files) : files_(files) {}

  bool takes(const HttpRequest& request) const override;
  web::Guard guard() const override { return {.key = false}; }
  void on_head(web::Call& call, const HttpRequest& request) override;

 private:
  const std::span<const service::Asset> files_;
};

}  // namespace thimble::network
