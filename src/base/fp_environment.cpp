#include "base/fp_environment.h"

#include <bit>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace thimble {
namespace {

#if defined(__SSE__)

// Intel SDM volume 1, 10.2.3: bits 7..12 mask the six exceptions, 13..14 round (0: nearest), 6 and 15 flush
// subnormal operands and results, 0..5 are sticky flags.
uint64_t read_control() { return _mm_getcsr(); }
void write_control(uint64_t value) { _mm_setcsr(static_cast<unsigned>(value)); }
uint64_t wanted_control(uint64_t) { return 0x1f80; }

#elif defined(__aarch64__)

// Arm ARM, FPCR: 22..23 round, 24 FZ, 19 FZ16, 0 FIZ, 1 AH (other NaN and flush rules), 2 NEP, 8..12 and 15 traps.
// DN (25) makes every NaN the default one: allowed either way.
uint64_t read_control() {
  uint64_t value = 0;
  asm volatile("mrs %0, fpcr" : "=r"(value));
  return value;
}
void write_control(uint64_t value) { asm volatile("msr fpcr, %0" : : "r"(value) : "memory"); }
uint64_t wanted_control(uint64_t value) { return value & ~uint64_t{0x01c89f07}; }

#elif defined(__arm__) && defined(__ARM_FP)

// Arm ARM, FPSCR: 22..23 round, 24 FZ, 16..18 and 20..21 vector length and stride (deprecated; must be 0),
// 8..12 and 15 traps; the rest are flags and stay.
uint64_t read_control() {
  uint32_t value = 0;
  asm volatile("vmrs %0, fpscr" : "=r"(value));
  return value;
}
void write_control(uint64_t value) { asm volatile("vmsr fpscr, %0" : : "r"(static_cast<uint32_t>(value)) : "memory"); }
uint64_t wanted_control(uint64_t value) { return value & ~uint64_t{0x01f79f00}; }

#elif defined(__riscv_flen)

// RISC-V has neither traps nor flush-to-zero; frm 0 is round to nearest, ties to even.
uint64_t read_control() {
  uintptr_t value = 0;
  asm volatile("frrm %0" : "=r"(value));
  return value;
}
void write_control(uint64_t value) { asm volatile("fsrm %0" : : "r"(static_cast<uintptr_t>(value)) : "memory"); }
uint64_t wanted_control(uint64_t) { return 0; }

#else

// Soft float has one mode. Xtensa's FCR starts in round-to-nearest, has no flush-to-zero and is left alone.
uint64_t read_control() { return 0; }
void write_control(uint64_t) {}
uint64_t wanted_control(uint64_t) { return 0; }

#endif

uint32_t bits_of(float x) { return std::bit_cast<uint32_t>(x); }

// The operands come from volatile, so that nothing is computed at compile time, by other rules.
float opaque(uint32_t bits) {
  const volatile uint32_t hidden = bits;
  return std::bit_cast<float>(static_cast<uint32_t>(hidden));
}

bool rounds_to_nearest_even() {
  const float one = opaque(0x3f800000);
  const float half_ulp = opaque(0x33800000);  // 2^-24
  const float above_half_ulp = opaque(0x33800001);
  const float odd = opaque(0x3f800001);  // 1 + 2^-23
  return bits_of(one + half_ulp) == 0x3f800000 && bits_of(odd + half_ulp) == 0x3f800002 &&
         bits_of(one + above_half_ulp) == 0x3f800001 && bits_of(-one - half_ulp) == 0xbf800000 &&
         bits_of(-one - above_half_ulp) == 0xbf800001;
}

bool keeps_subnormals() {
  const float least_normal = opaque(0x00800000);
  const float next_normal = opaque(0x00800001);
  const float half = opaque(0x3f000000);
  const float least = opaque(0x00000001);
  const float large = opaque(0x4b000000);  // 2^23
  return bits_of(least_normal * half) == 0x00400000 && bits_of(next_normal - least_normal) == 0x00000001 &&
         bits_of(least + least) == 0x00000002 && bits_of(least * large) == 0x00800000;
}

// (1 + 2^-23)^2 - (1 + 2^-22) is 2^-46, which only a fused multiply-add sees.
bool rounds_products() {
  const float a = opaque(0x3f800001);
  const float c = opaque(0xbf800002);
  return bits_of(a * a + c) == 0;
}

bool compares_nan() {
  const float nan = opaque(0x7fc00000);
  const float one = opaque(0x3f800000);
  return !(nan == nan) && nan != one && !(nan < one) && !(nan > one) && !(one <= nan) && !(one >= nan);
}

}  // namespace

FpEnvironment::FpEnvironment() : saved_(read_control()) { write_control(wanted_control(saved_)); }
FpEnvironment::~FpEnvironment() { write_control(saved_); }

bool arithmetic_is_ieee() {
  return rounds_to_nearest_even() && keeps_subnormals() && rounds_products() && compares_nan();
}

}  // namespace thimble
