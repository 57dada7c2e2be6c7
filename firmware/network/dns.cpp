#include "firmware/network/dns.h"

#include <algorithm>

namespace thimble::network {
namespace {

constexpr size_t kHeadBytes = 12;
constexpr size_t kMostNameBytes = 255;
constexpr uint8_t kMostLabelBytes = 63;  // above, a byte is no length: 0xc0 and up point elsewhere

// The third and fourth byte of a head.
constexpr uint8_t kIsAnswer = 0x80;
constexpr uint8_t kOpcode = 0x78;
constexpr uint8_t kAuthoritative = 0x04;
constexpr uint8_t kRecursionDesired = 0x01;
constexpr uint8_t kRecursionAvailable = 0x80;
constexpr uint8_t kNotImplemented = 4;

constexpr uint16_t kTypeA = 1;
constexpr uint16_t kTypeAny = 255;
constexpr uint16_t kClassIn = 1;
constexpr uint16_t kClassAny = 255;

// A phone that has left the access point must not go on believing it.
constexpr uint8_t kSecondsToLive = 10;

uint16_t read16(std::span<const uint8_t> bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

// Where the question ends that begins behind the head; 0: it has no end, or none that a name may have.
size_t end_of_question(std::span<const uint8_t> packet) {
  size_t at = kHeadBytes;
  while (at < packet.size() && packet[at] != 0) {
    if (packet[at] > kMostLabelBytes) return 0;
    at += 1 + size_t{packet[at]};
    if (at - kHeadBytes >= kMostNameBytes) return 0;
  }
  const size_t end = at + 1 + 4;
  return end <= packet.size() ? end : 0;
}

bool asks_for_address(std::span<const uint8_t> packet, size_t end) {
  const uint16_t type = read16(packet, end - 4);
  const uint16_t kind = read16(packet, end - 2);
  return (type == kTypeA || type == kTypeAny) && (kind == kClassIn || kind == kClassAny);
}

}  // namespace

size_t answer_dns(std::span<const uint8_t> packet, port::Ipv4 address, std::span<uint8_t> out) {
  if (packet.size() < kHeadBytes || (packet[2] & kIsAnswer) != 0 || read16(packet, 4) != 1) return 0;
  const size_t end = end_of_question(packet);
  if (end == 0) return 0;
  const bool known = (packet[2] & kOpcode) == 0;
  const bool found = known && asks_for_address(packet, end);

  std::copy_n(packet.begin(), end, out.begin());
  out[2] = kIsAnswer | kAuthoritative | (packet[2] & (kOpcode | kRecursionDesired));
  out[3] = kRecursionAvailable | (known ? 0 : kNotImplemented);
  out[7] = found ? 1 : 0;
  out[6] = out[8] = out[9] = out[10] = out[11] = 0;  // no other sections, whatever the packet had
  if (!found) return end;

  const uint8_t record[] = {0xc0,
                            kHeadBytes,  // the name: see the question
                            0,
                            kTypeA,
                            0,
                            kClassIn,
                            0,
                            0,
                            0,
                            kSecondsToLive,
                            0,
                            4,
                            static_cast<uint8_t>(address >> 24),
                            static_cast<uint8_t>(address >> 16),
                            static_cast<uint8_t>(address >> 8),
                            static_cast<uint8_t>(address)};
  std::copy_n(record, sizeof record, out.begin() + static_cast<std::ptrdiff_t>(end));
  return end + sizeof record;
}

}  // namespace thimble::network
