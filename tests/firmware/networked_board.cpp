#include "tests/firmware/networked_board.h"

#include "firmware/storyteller/wifi.h"
#include "ports/ethernet.h"
#include "ports/temperature.h"

namespace thimble::testing {

port::HttpApplication* FakeNetwork::application = nullptr;
bool FakeNetwork::has_cable = true;
int8_t FakeNetwork::signal = 0;
std::optional<int32_t> FakeNetwork::celsius;

}  // namespace thimble::testing

namespace thimble::port {

using testing::FakeNetwork;

Status start_ethernet() { return FakeNetwork::has_cable ? Status() : Status::error(Code::kUnsupported, "ethernet"); }
uint32_t ethernet_address() { return FakeNetwork::has_cable ? 0xc0a80402 : 0; }

Status start_http(HttpApplication* application, const HttpLimits&) {
  FakeNetwork::application = application;
  return {};
}

void wake_http() {}

std::optional<int32_t> chip_temperature() { return FakeNetwork::celsius; }

}  // namespace thimble::port

// The radio of it: a signal alone, for tests of firmware/network have the rest.
namespace thimble::storyteller {

Wifi::Wifi(const port::BoardFacts&) {}
std::span<web::Route* const> Wifi::routes() { return {}; }
uint32_t Wifi::address() { return 0; }
int8_t Wifi::signal() { return testing::FakeNetwork::signal; }
bool Wifi::handle(std::string_view, std::string_view) { return false; }
void Wifi::show_help() {}
bool Wifi::report() { return false; }

}  // namespace thimble::storyteller
