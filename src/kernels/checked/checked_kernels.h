// A kernel set that runs another one and the oracle, and compares every output bit. Only built, and then used by
// active_kernels(), with the CMake option THIMBLE_CHECK_KERNELS; several times slower than the oracle alone.
#pragma once

#include <cstdint>

#include "kernels/kernels.h"

namespace thimble {

// With kernels for all heads where best_kernels() has them.
const Kernels& checked_kernels();

// The set under check; at the start, best_kernels(). `inner` must outlive its use. For tests.
void set_kernels_under_check(const Kernels& inner);

// Called on each mismatch with the name of the function, "matmul_f32"; nullptr (the start): only count.
void set_kernel_mismatch_handler(void (*handler)(const char* function));

}  // namespace thimble
