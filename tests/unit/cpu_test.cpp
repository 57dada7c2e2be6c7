// Which sets of kernels a processor gets, by what its registers say.
#if defined(THIMBLE_X86_SETS)
#include "kernels/x86/cpu.h"

#include <gtest/gtest.h>

namespace thimble {
namespace {

// As CPUID and XGETBV tell them under Linux.
constexpr CpuRegisters kBaseline = {.leaf1_ecx = 0x00002201, .leaf7_ebx = 0, .leaf7_ecx = 0, .xcr0 = 0};
constexpr CpuRegisters kAvx2 = {.leaf1_ecx = 0x7ffafbff, .leaf7_ebx = 0x000027ab, .leaf7_ecx = 0, .xcr0 = 0x7};
constexpr CpuRegisters kAvx512Vnni = {
    .leaf1_ecx = 0x7ffefbff, .leaf7_ebx = 0xf1bf27ab, .leaf7_ecx = 0x00415fde, .xcr0 = 0xe7};

TEST(Cpu, EachAgeHasItsSets) {
  EXPECT_FALSE(has_avx2(kBaseline));
  EXPECT_FALSE(has_avx512_vnni(kBaseline));
  EXPECT_TRUE(has_avx2(kAvx2));
  EXPECT_FALSE(has_avx512_vnni(kAvx2));
  EXPECT_TRUE(has_avx2(kAvx512Vnni));
  EXPECT_TRUE(has_avx512_vnni(kAvx512Vnni));
  EXPECT_FALSE(has_avx512_ifma(kAvx2));
  EXPECT_TRUE(has_avx512_ifma(kAvx512Vnni));
}

TEST(Cpu, AnOperatingSystemMustSaveTheRegisters) {
  CpuRegisters cpu = kAvx512Vnni;
  cpu.xcr0 = 0x7;  // no zmm
  EXPECT_TRUE(has_avx2(cpu));
  EXPECT_FALSE(has_avx512_vnni(cpu));
  cpu.xcr0 = 0x3;  // no ymm
  EXPECT_FALSE(has_avx2(cpu));
}

TEST(Cpu, EachExtensionIsNeeded) {
  for (const uint32_t bit : {16u, 28u, 30u, 31u, 5u}) {
    CpuRegisters cpu = kAvx512Vnni;
    cpu.leaf7_ebx &= ~(1u << bit);
    EXPECT_FALSE(has_avx512_vnni(cpu)) << bit;
    EXPECT_EQ(has_avx2(cpu), bit != 5) << bit;
  }
  CpuRegisters cpu = kAvx512Vnni;
  cpu.leaf7_ebx &= ~(1u << 21);  // IFMA
  EXPECT_TRUE(has_avx512_vnni(cpu));
  EXPECT_FALSE(has_avx512_ifma(cpu));
  cpu = kAvx512Vnni;
  cpu.leaf7_ecx &= ~(1u << 11);  // VNNI
  EXPECT_FALSE(has_avx512_vnni(cpu));
  EXPECT_FALSE(has_avx512_ifma(cpu));
  cpu = kAvx512Vnni;
  cpu.leaf1_ecx &= ~(1u << 29);  // F16C
  EXPECT_FALSE(has_avx2(cpu));
  EXPECT_FALSE(has_avx512_vnni(cpu));
}

}  // namespace
}  // namespace thimble
#endif
