// The name server of a captive portal: whatever name is asked for, it is here. Packets in, packets out (RFC 1035).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ports/wifi.h"

namespace thimble::network {

// An answer is a head of 12 bytes, the question again (a name of 255 at most, type and class) and one address.
inline constexpr size_t kMostDnsBytes = 12 + 255 + 4 + 16;

// Answers a packet; `out` holds kMostDnsBytes. Returns the bytes of the answer; 0: to no question, or to one that
// cannot be read, there is none. A question for anything but an IPv4 address has an answer without an address, so that
// nobody waits.
size_t answer_dns(std::span<const uint8_t> packet, port::Ipv4 address, std::span<uint8_t> out);

}  // namespace thimble::network
