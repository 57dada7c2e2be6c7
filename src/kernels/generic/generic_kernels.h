// The portable kernels: the bits of ref/, arranged so that a compiler can use the machine's vectors.
#pragma once

#include "kernels/kernels.h"

namespace thimble {

extern const Kernels kGenericKernels;

}  // namespace thimble
