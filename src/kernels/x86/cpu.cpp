#include "kernels/x86/cpu.h"

#include <cpuid.h>

namespace thimble {
namespace {

// Intel SDM volume 2, CPUID, and volume 1, 13.3 (XCR0); AMD APM volume 3, appendix E agrees.
constexpr uint32_t kOsxsave = 1u << 27;  // leaf 1, ecx
constexpr uint32_t kF16c = 1u << 29;
constexpr uint32_t kAvx2 = 1u << 5;  // leaf 7, ebx
constexpr uint32_t kAvx512F = 1u << 16;
constexpr uint32_t kAvx512Ifma = 1u << 21;
constexpr uint32_t kAvx512Cd = 1u << 28;
constexpr uint32_t kAvx512Bw = 1u << 30;
constexpr uint32_t kAvx512Vl = 1u << 31;
constexpr uint32_t kAvx512Vnni = 1u << 11;  // leaf 7, ecx
constexpr uint64_t kYmmState = 0x6;         // xcr0: xmm and the upper halves of ymm
constexpr uint64_t kZmmState = 0xe0;        // masks, upper halves of zmm, the registers behind the 16th

bool all(uint64_t value, uint64_t bits) { return (value & bits) == bits; }

}  // namespace

CpuRegisters read_cpu_registers() {
  CpuRegisters cpu;
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0) cpu.leaf1_ecx = ecx;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) {
    cpu.leaf7_ebx = ebx;
    cpu.leaf7_ecx = ecx;
  }
  if (all(cpu.leaf1_ecx, kOsxsave)) {
    uint32_t low = 0, high = 0;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    cpu.xcr0 = uint64_t{high} << 32 | low;
  }
  return cpu;
}

bool has_avx2(const CpuRegisters& cpu) {
  return all(cpu.leaf1_ecx, kOsxsave | kF16c) && all(cpu.leaf7_ebx, kAvx2) && all(cpu.xcr0, kYmmState);
}

bool has_avx512_vnni(const CpuRegisters& cpu) {
  return has_avx2(cpu) && all(cpu.leaf7_ebx, kAvx512F | kAvx512Cd | kAvx512Bw | kAvx512Vl) &&
         all(cpu.leaf7_ecx, kAvx512Vnni) && all(cpu.xcr0, kZmmState);
}

bool has_avx512_ifma(const CpuRegisters& cpu) { return has_avx512_vnni(cpu) && all(cpu.leaf7_ebx, kAvx512Ifma); }

}  // namespace thimble
