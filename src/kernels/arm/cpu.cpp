#include "kernels/arm/cpu.h"

// Declared here, as the core includes no header of an operating system.
#if defined(__linux__)
extern "C" unsigned long getauxval(unsigned long type) noexcept;
#endif

namespace thimble {

// Only the operating system may ask the processor. Linux tells every program (arch/arm64/elf_hwcaps, getauxval(3));
// where nobody does, the compiler's own target counts, which on Apple's machines has them.
bool has_dot_products() {
#if defined(__ARM_FEATURE_DOTPROD)
  return true;
#elif defined(__linux__)
  constexpr unsigned long kAtHwcap = 16;
  constexpr unsigned long kHwcapAsimdDp = 1ul << 20;
  return (getauxval(kAtHwcap) & kHwcapAsimdDp) != 0;
#else
  return false;
#endif
}

}  // namespace thimble
