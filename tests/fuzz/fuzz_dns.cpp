// answer_dns() on any packet: an answer begins with its question, fits, and is an answer; and it is not answered
// itself.

#include <cstdlib>
#include <cstring>
#include <vector>

#include "firmware/network/dns.h"

namespace {

void check(bool kept) {
  if (!kept) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace thimble::network;
  const std::vector<uint8_t> packet(data, data + size);  // its end is watched
  std::vector<uint8_t> out(kMostDnsBytes);
  const size_t bytes = answer_dns(packet, thimble::port::kAccessPointAddress, out);
  if (bytes == 0) return 0;
  check(bytes <= out.size() && packet.size() >= 17 && (out[2] & 0x80) != 0);
  const size_t records = out[7];
  check(records <= 1 && bytes >= 17 + 16 * records);
  const size_t question = bytes - 16 * records;
  check(question <= packet.size() && std::memcmp(&out[12], &packet[12], question - 12) == 0);
  check(out[0] == packet[0] && out[1] == packet[1]);
  out.resize(bytes);
  std::vector<uint8_t> again(kMostDnsBytes);
  check(answer_dns(out, thimble::port::kAccessPointAddress, again) == 0);
  return 0;
}
