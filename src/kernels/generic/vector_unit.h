// Whether the generic kernels may count on vector registers.
#pragma once

namespace thimble {

#if defined(__SSE2__) || defined(__ARM_NEON) || defined(__riscv_vector)
inline constexpr bool kVectorUnit = true;
#else
inline constexpr bool kVectorUnit = false;
#endif

}  // namespace thimble
