#if defined(THIMBLE_CHECK_KERNELS)
#include "kernels/checked/checked_kernels.h"
#elif !defined(THIMBLE_USE_REF_KERNELS)
#include "kernels/generic/generic_kernels.h"
#include "kernels/generic/vector_unit.h"
#include "kernels/scalar/scalar_kernels.h"
#endif
#include "kernels/kernels.h"

namespace thimble {

#if defined(THIMBLE_CHECK_KERNELS)
const Kernels& active_kernels() { return kCheckedKernels; }
#elif defined(THIMBLE_USE_REF_KERNELS)
const Kernels& active_kernels() { return kRefKernels; }
#else
const Kernels& active_kernels() {
  if constexpr (!kVectorUnit) return scalar_kernels();
  return kGenericKernels;
}
#endif

}  // namespace thimble
