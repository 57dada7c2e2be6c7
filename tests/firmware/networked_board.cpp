#include "tests/firmware/networked_board.h"

#include "ports/ethernet.h"

namespace thimble::testing {

port::HttpApplication* FakeNetwork::application = nullptr;
bool FakeNetwork::has_cable = true;

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

}  // namespace thimble::port
