// What an emulator offers an image beyond the contract (ports/port.h): measuring, and faults on demand.
#pragma once

#include <cstddef>
#include <cstdint>

namespace thimble::semihost {

inline constexpr int kTrapped = 3;  // the exit code of an image that died of an exception

// The instructions between two values of port::ticks(), under the -icount options of tests/emu/run_image.sh: exact on
// RISC-V, below 1.6e9 on Xtensa too; 0 on Cortex-M, which has no counter in QEMU that a program could read.
uint64_t instructions_between(uint64_t from, uint64_t to);

// Data and bss of the image.
size_t static_bytes();
// The stack was painted before thimble_main(): the most bytes that were in use since.
size_t stack_used_bytes();
size_t stack_bytes();

// From now on storage delivers so many bytes and no more, as a device that is pulled out.
void fail_reads_after(uint64_t bytes);

}  // namespace thimble::semihost
