// The scalar set with products by the MAC16 option, which ESP32 and ESP32-S3 have.
#pragma once

#include "kernels/kernels.h"

namespace thimble {

extern const Kernels kXtensaKernels;

}  // namespace thimble
