// Time as each emulator counts it. Runs must use the -icount options named here.

#include "ports/port.h"
#include "ports/semihost/host_calls.h"
#include "ports/semihost/semihost.h"

namespace thimble {

#if defined(__riscv)

// minstret under -icount shift=0: an instruction takes 1 ns.
uint64_t port::ticks() {
  uint32_t high, low, high_after;
  do {
    // Naming the extension in -march would select another libgcc.
    asm volatile(
        ".option push\n.option arch, +zicsr\n"
        "csrr %0, minstreth\ncsrr %1, minstret\ncsrr %2, minstreth\n.option pop"
        : "=r"(high), "=r"(low), "=r"(high_after)
        :
        : "memory");
  } while (high != high_after);
  return uint64_t{high} << 32 | low;
}
uint64_t port::ticks_per_second() { return 1'000'000'000; }
uint64_t semihost::instructions_between(uint64_t from, uint64_t to) { return to - from; }

#elif defined(__xtensa__)

// CCOUNT at 40 MHz, 32 bits wide, so that it must be read before it comes round again.
uint64_t port::ticks() {
  static constinit uint32_t last = 0;
  static constinit uint32_t rounds = 0;
  uint32_t now;
  asm volatile("rsr %0, ccount" : "=r"(now) : : "memory");
  if (now < last) ++rounds;
  last = now;
  return uint64_t{rounds} << 32 | now;
}
uint64_t port::ticks_per_second() { return 40'000'000; }

// Under -icount shift=6 an instruction takes 64 ns = 2.56 ticks, so that a difference gives the count exactly. (Under
// shift=0 a tick would be 25 instructions.)
uint64_t semihost::instructions_between(uint64_t from, uint64_t to) { return ((to - from) * 25 + 32) >> 6; }

#else

// The host's clock, since QEMU's Cortex-M has no counter that a program could read.
uint64_t port::ticks() { return semihost::host_centiseconds(); }
uint64_t port::ticks_per_second() { return 100; }
uint64_t semihost::instructions_between(uint64_t, uint64_t) { return 0; }

#endif

}  // namespace thimble
