// How warm the chip is: what a program of firmware/ may ask beyond ports/board.h, where it shows such a thing.
#pragma once

#include <cstdint>
#include <optional>

namespace thimble::port {

// In degrees Celsius. Nothing: the chip has no sensor, the program was built without it, or it gives no value now. From
// one task at a time, whichever.
std::optional<int32_t> chip_temperature();

}  // namespace thimble::port
