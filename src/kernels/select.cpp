#ifdef THIMBLE_CHECK_KERNELS
#include "kernels/checked/checked_kernels.h"
#else
#include "kernels/generic/generic_kernels.h"
#endif
#include "kernels/kernels.h"

namespace thimble {

#ifdef THIMBLE_CHECK_KERNELS
const Kernels& active_kernels() { return kCheckedKernels; }
#else
const Kernels& active_kernels() { return kGenericKernels; }
#endif

}  // namespace thimble
