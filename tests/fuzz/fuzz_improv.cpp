// A console on which anything may come: bytes that hold no packet are text, every one of them; whatever a packet holds,
// the answers are whole packets, and the network's rules hold.

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/network/improv.h"

namespace {

using namespace thimble;

void check(bool kept) {
  if (!kept) std::abort();
}

std::vector<uint8_t> sent;

struct NoStore : network::Store {
  network::Remembered load() override { return {}; }
  bool save(const network::Remembered&) override { return true; }
};

// Every answer is a packet on a line of its own.
void check_sent() {
  std::span<const uint8_t> rest(sent);
  while (!rest.empty()) {
    check(rest.size() >= 12 && rest[0] == '\n');
    const size_t whole = 12 + size_t{rest[9]};
    check(rest.size() >= whole && rest[whole - 1] == '\n');
    const auto packet = rest.subspan(1, whole - 2);
    check(network::improv_sum(packet.first(packet.size() - 1)) == packet.back());
    rest = rest.subspan(whole);
  }
  sent.clear();
}

}  // namespace

// A radio that can do everything, and where nothing ever answers.
namespace thimble::port {

uint16_t wifi_number() { return 0; }
int8_t wifi_signal() { return 0; }
Status open_wifi() { return {}; }
void close_wifi() {}
Status open_access_point(const char*, const char*) { return {}; }
void close_access_point() {}
void answer_query(std::span<const uint8_t>) {}
Status join_wifi(const char* ssid, const char* password) {
  check(network::are_possible(ssid, password));
  return {};
}
void leave_wifi() {}
Status begin_scan() { return {}; }
void stop_scan() {}
bool next_scanned(WifiNetwork*) { return false; }
void announce_name(const char*) {}
void write_console_packet(std::span<const uint8_t> bytes) { sent.insert(sent.end(), bytes.begin(), bytes.end()); }

}  // namespace thimble::port

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  NoStore store;
  network::Network net(store, "");
  network::Improv improv(net, {"Thimble", "0.1.0", "ESP32"});
  net.start();
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  std::string text;
  uint64_t now = 0;
  for (const char byte : stream) {
    if (byte == '~') text += improv.pause();
    text += improv.take(byte);
    if (byte != '\xfe') continue;
    improv.step();
    net.step(now += 500);
    check_sent();
  }
  text += improv.pause();
  if (stream.find("IMPROV\x01") == std::string_view::npos) check(text == stream);
  check(text.size() <= stream.size());
  return 0;
}
