// Which set of kernels serves the processor that this is compiled for.
#pragma once

#include "kernels/kernels.h"

namespace thimble {

// The set for this processor, whether or not active_kernels() wraps it in checks.
const Kernels& platform_kernels();

}  // namespace thimble
