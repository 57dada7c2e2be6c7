// The scalar set with products by the MAC16 option, which the Xtensa chips from ESP32 to ESP32-S3 have.
#pragma once

#include "kernels/kernels.h"

namespace thimble {

extern const Kernels kXtensaKernels;

}  // namespace thimble
