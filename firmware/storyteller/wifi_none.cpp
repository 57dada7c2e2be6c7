// A board without a radio, or a program without its driver.

#include "firmware/storyteller/wifi.h"

namespace thimble::storyteller {

Wifi::Wifi(const port::BoardFacts&) {}
std::span<web::Route* const> Wifi::routes() { return {}; }
uint32_t Wifi::address() { return 0; }
int8_t Wifi::signal() { return 0; }
bool Wifi::handle(std::string_view, std::string_view) { return false; }
void Wifi::show_help() {}
bool Wifi::report() { return false; }

}  // namespace thimble::storyteller
