#include "tests/firmware/network_port.h"

#include <algorithm>

#include "ports/board.h"
#include "ports/console_packets.h"
#include "ports/http.h"
#include "ports/port.h"
#include "ports/settings.h"

namespace thimble::testing {

NetworkPort& network_port() {
  static NetworkPort port;
  return port;
}

}  // namespace thimble::testing

namespace thimble::port {

using testing::network_port;

uint64_t ticks() { return 1000; }
uint64_t ticks_per_second() { return 1000; }
void yield() {}
void wake_http() {}

void write_text(std::string_view text) { network_port().text += text; }
void write_console_packet(std::span<const uint8_t> bytes) { network_port().packets.append(bytes.begin(), bytes.end()); }

// Nobody types here.
bool read_line(uint32_t, std::string_view*) { return false; }
void echo_line(std::string_view) {}
bool take_interrupt() { return false; }
bool take_button() { return false; }

Result<size_t> load_setting(const char* name, std::span<std::byte> out) {
  const auto found = network_port().settings.find(name);
  if (found == network_port().settings.end()) return Status::error(Code::kNotReady, "setting");
  if (found->second.size() > out.size()) return Status::error(Code::kTextTooLong, "setting");
  std::copy(found->second.begin(), found->second.end(), out.begin());
  return found->second.size();
}

Status store_setting(const char* name, std::span<const std::byte> value) {
  if (!network_port().settings_work) return Status::error(Code::kReadFailed, "settings");
  network_port().settings[name].assign(value.begin(), value.end());
  return {};
}

}  // namespace thimble::port
