// How often the program called the library that stands in for a floating-point unit.
#pragma once

#include <cstdint>

namespace thimble::emu {

// False in images that do not count (soft_float.cpp is linked into one of them only).
bool counts_soft_float();
uint64_t soft_float_calls();

}  // namespace thimble::emu
