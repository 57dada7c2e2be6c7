// For unrolled loops that live on registers: compilers reorder them until they no longer do.
#pragma once

#include <type_traits>

namespace thimble {

// No load moves across this. gcc 12 for RISC-V would collect those of a whole unrolled loop in front of it and, short
// of registers, store them away again: 5.9 instructions per product of int8 instead of 3.4.
inline void hold_loads() { asm volatile("" : : : "memory"); }

// The same, and `value` is computed by here. clang 22 for Xtensa would finish one row of a tile after the other and
// reload what the rows share.
template <class Integer>
inline void settle(Integer& value) {
  static_assert(std::is_integral_v<Integer> && sizeof(Integer) <= sizeof(void*));
  asm volatile("" : "+r"(value) : : "memory");
}

}  // namespace thimble
