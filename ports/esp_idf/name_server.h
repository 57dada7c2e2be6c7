// Port 53 of the access point: packets for the name server, one at a time.
#pragma once

#include <cstdint>
#include <span>

#include "ports/wifi.h"

namespace thimble::esp_idf {

// Listens at this address alone, so that nobody in a joined network is served. False: no memory for a socket.
bool open_name_server(port::Ipv4 address);
void close_name_server();  // closed already: nothing happens

// A packet that came within `milliseconds`, valid until the next call; empty: none. Open or not, it takes its time.
std::span<const uint8_t> wait_for_query(uint32_t milliseconds);

// To whoever sent that packet.
void answer_last_query(std::span<const uint8_t> packet);

}  // namespace thimble::esp_idf
