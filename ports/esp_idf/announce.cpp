// The board's name in the local network: by espressif/mdns of the component registry, where the program has it.

#include "ports/wifi.h"

#if __has_include("mdns.h")

#include "mdns.h"

namespace thimble::port {

void announce_name(const char* name) {
  constexpr uint16_t kPort = 80;
  if (mdns_init() != ESP_OK) return;
  (void)mdns_hostname_set(name);
  (void)mdns_instance_name_set("Thimble");
  (void)mdns_service_add(nullptr, "_http", "_tcp", kPort, nullptr, 0);
}

}  // namespace thimble::port

#else

namespace thimble::port {

void announce_name(const char*) {}

}  // namespace thimble::port

#endif
