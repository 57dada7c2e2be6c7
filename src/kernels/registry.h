// The kernel sets of this build. A new one is a folder beside this file, a line in the list, and a line in
// CMakeLists.txt; tests take the sets they compare with the oracle from here.
#pragma once

#include "kernels/generic/generic_kernels.h"
#include "kernels/generic/vector_unit.h"
#include "kernels/kernels.h"
#include "kernels/mac16/mac16_kernels.h"
#include "kernels/pie/pie_kernels.h"
#include "kernels/ref/ref_kernels.h"
#include "kernels/scalar/scalar_kernels.h"

#if defined(THIMBLE_X86_SETS)
#include "kernels/avx2/avx2_kernels.h"
#include "kernels/avx512/avx512_kernels.h"
#include "kernels/x86/cpu.h"
#endif

#if defined(THIMBLE_NEON_SETS)
#include "kernels/arm/cpu.h"
#include "kernels/neon/neon_kernels.h"
#endif

namespace thimble {

struct KernelSet {
  const Kernels* kernels;

  // Whether this processor has what the set needs. Where the compiler's options say so it is a constant, and then the
  // sets behind the first that runs cost an image nothing; a set that has to ask the processor may do that here.
  bool (*runs_here)();
};

// Best first. The last one, the oracle, runs everywhere.
inline constexpr KernelSet kKernelSets[] = {
#if defined(THIMBLE_PIE)
    {&kPieKernels, [] { return true; }},
#endif
#if defined(THIMBLE_MAC16)
    {&kMac16Kernels, [] { return true; }},
#endif
#if defined(THIMBLE_X86_SETS)
    {&kAvx512IfmaKernels, [] { return has_avx512_ifma(read_cpu_registers()); }},
    {&kAvx512Kernels, [] { return has_avx512_vnni(read_cpu_registers()); }},
    {&kAvx2Kernels, [] { return has_avx2(read_cpu_registers()); }},
#endif
#if defined(THIMBLE_NEON_SETS)
    {&kNeonDotKernels, [] { return has_dot_products(); }},
    {&kNeonKernels, [] { return true; }},
#endif
    {&kGenericKernels, [] { return kVectorUnit; }},
    {&kScalarKernels, [] { return true; }},
    {&kRefKernels, [] { return true; }},
};

// The set for this processor, whether or not active_kernels() wraps it in checks.
const Kernels& best_kernels();

}  // namespace thimble
