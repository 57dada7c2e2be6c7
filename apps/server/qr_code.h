// An address as a QR code for phones, in characters of a terminal.
#pragma once

#include <string>

namespace thimble::server {

// Lines of half blocks, dark on light whatever the terminal's colours are. Empty where the build found no libqrencode.
std::string qr_code(const std::string& text);

}  // namespace thimble::server
