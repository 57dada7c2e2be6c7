#include "kernels/select.h"

#if defined(THIMBLE_CHECK_KERNELS)
#include "kernels/checked/checked_kernels.h"
#endif
#if defined(__xtensa__)
#include "kernels/isa/xtensa/xtensa_kernels.h"
#endif
#include "kernels/generic/generic_kernels.h"
#include "kernels/generic/vector_unit.h"
#include "kernels/scalar/scalar_kernels.h"

namespace thimble {

const Kernels& platform_kernels() {
#if defined(THIMBLE_USE_REF_KERNELS)
  return kRefKernels;
#elif defined(__xtensa__)
  return kXtensaKernels;
#else
  if constexpr (!kVectorUnit) return kScalarKernels;
  return kGenericKernels;
#endif
}

const Kernels& active_kernels() {
#if defined(THIMBLE_CHECK_KERNELS)
  return kCheckedKernels;
#else
  return platform_kernels();
#endif
}

}  // namespace thimble
