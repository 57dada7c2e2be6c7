// A network by wire, where the board has one: what the program was built with (menuconfig, Thimble).
#pragma once

#include <cstdint>

#include "thimble/status.h"

namespace thimble::port {

// Starts it; an address comes by DHCP, whenever there is a cable. Takes memory of the platform's heap, so it comes
// before memory_pieces(). Errors: kUnsupported (the program was built without), kOutOfMemory, kReadFailed (subject
// "ethernet": the driver or its chip does not answer).
Status start_ethernet();

// The IPv4 address by which others reach the board now, 10.0.2.15 as 0x0a00020f; 0: none. From any task.
uint32_t ethernet_address();

}  // namespace thimble::port
