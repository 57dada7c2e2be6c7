#include "kernels/generic/generic_kernels.h"
#include "kernels/kernels.h"

namespace thimble {

const Kernels& active_kernels() { return kGenericKernels; }

}  // namespace thimble
