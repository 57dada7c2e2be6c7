// For images that do not count calls of the soft-float library.

#include "firmware/emu/soft_float.h"

namespace thimble::emu {

bool counts_soft_float() { return false; }
uint64_t soft_float_calls() { return 0; }

}  // namespace thimble::emu
