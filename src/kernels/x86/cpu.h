// What an x86-64 processor has beyond the baseline, asked of CPUID alone: the compiler's own answer
// (__builtin_cpu_supports) needs symbols from outside.
#pragma once

#include <cstdint>

namespace thimble {

// The registers that tell, as CPUID and XGETBV leave them.
struct CpuRegisters {
  uint32_t leaf1_ecx = 0;
  uint32_t leaf7_ebx = 0;
  uint32_t leaf7_ecx = 0;
  uint64_t xcr0 = 0;  // what the operating system saves of a thread; 0 where it does not say
};
CpuRegisters read_cpu_registers();

// What avx2/ needs: AVX2 and F16C.
bool has_avx2(const CpuRegisters& cpu);
// What avx512/ needs besides: AVX-512 F, BW, VL and VNNI.
bool has_avx512_vnni(const CpuRegisters& cpu);
// What avx512/avx512_ifma.cpp needs besides: AVX-512 IFMA, which all have but the first with VNNI.
bool has_avx512_ifma(const CpuRegisters& cpu);

}  // namespace thimble
