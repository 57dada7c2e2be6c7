#include "ports/esp_idf/name_server.h"

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "lwip/inet.h"
#include "lwip/sockets.h"

namespace thimble::esp_idf {
namespace {

constexpr uint16_t kPort = 53;
constexpr size_t kMostQueryBytes = 512;  // RFC 1035: over UDP there is no more

int server = -1;
sockaddr_in asker = {};
uint8_t query[kMostQueryBytes];

bool has_packet(uint32_t milliseconds) {
  fd_set waiting;
  FD_ZERO(&waiting);
  FD_SET(server, &waiting);
  timeval patience = {};
  patience.tv_sec = static_cast<time_t>(milliseconds / 1000);
  patience.tv_usec = static_cast<suseconds_t>(milliseconds % 1000 * 1000);
  return select(server + 1, &waiting, nullptr, nullptr, &patience) > 0;
}

}  // namespace

bool open_name_server(port::Ipv4 address) {
  server = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  if (server < 0) return false;
  sockaddr_in here = {};
  here.sin_family = AF_INET;
  here.sin_port = htons(kPort);
  here.sin_addr.s_addr = htonl(address);
  if (bind(server, reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0) return true;
  close_name_server();
  return false;
}

void close_name_server() {
  if (server >= 0) (void)close(server);
  server = -1;
}

std::span<const uint8_t> wait_for_query(uint32_t milliseconds) {
  if (server < 0) {
    vTaskDelay(pdMS_TO_TICKS(milliseconds));
    return {};
  }
  if (!has_packet(milliseconds)) return {};
  socklen_t size = sizeof asker;
  const ssize_t bytes = recvfrom(server, query, sizeof query, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&asker), &size);
  return bytes > 0 ? std::span<const uint8_t>(query, static_cast<size_t>(bytes)) : std::span<const uint8_t>();
}

void answer_last_query(std::span<const uint8_t> packet) {
  if (server < 0) return;
  (void)sendto(server, packet.data(), packet.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&asker),
               sizeof asker);
}

}  // namespace thimble::esp_idf
