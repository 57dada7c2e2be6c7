// The count of instructions, as exact as each emulator allows. Runs must use the -icount options named here.
#pragma once

#include <cstdint>

namespace thimble::semihost {

#if defined(__riscv)

// minstret under -icount shift=0 is exact.
inline constexpr bool kCountsInstructions = true;
inline uint32_t counter() {
  uint32_t value;
  // Naming the extension in -march would select another libgcc.
  asm volatile(".option push\n.option arch, +zicsr\ncsrr %0, minstret\n.option pop" : "=r"(value) : : "memory");
  return value;
}
inline uint32_t instructions_between(uint32_t from, uint32_t to) { return to - from; }

#elif defined(__xtensa__)

// CCOUNT ticks at 40 MHz, and under -icount shift=6 an instruction takes 64 ns = 2.56 ticks: a difference gives the
// count exactly, below 1.6e9 instructions. (Under shift=0 a tick would be 25 instructions.)
inline constexpr bool kCountsInstructions = true;
inline uint32_t counter() {
  uint32_t value;
  asm volatile("rsr %0, ccount" : "=r"(value) : : "memory");
  return value;
}
inline uint32_t instructions_between(uint32_t from, uint32_t to) {
  return static_cast<uint32_t>((uint64_t{to - from} * 25 + 32) >> 6);
}

#else

// QEMU's Cortex-M has no counter that a program could read.
inline constexpr bool kCountsInstructions = false;
inline uint32_t counter() { return 0; }
inline uint32_t instructions_between(uint32_t, uint32_t) { return 0; }

#endif

}  // namespace thimble::semihost
