#include "base/fp_environment.h"

#include <bit>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace thimble {
namespace {

#if defined(__SSE__)
// MXCSR: all exceptions masked, rounding bits 0 (nearest), FTZ and DAZ clear. Intel SDM volume 1, section 10.2.3.
constexpr uint32_t kMode = 0x1f80;
uint32_t read_mode() { return _mm_getcsr(); }
void write_mode(uint32_t mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
// FPCR: FZ, rounding and traps all 0. Arm ARM, "FPCR".
constexpr uint32_t kMode = 0;
uint32_t read_mode() {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return static_cast<uint32_t>(mode);
}
void write_mode(uint32_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(uint64_t{mode})); }
#elif defined(__arm__) && defined(__ARM_FP)
// FPSCR: FZ, DN, rounding and traps all 0; the sticky flags go with them.
constexpr uint32_t kMode = 0;
uint32_t read_mode() {
  uint32_t mode;
  __asm__ volatile("vmrs %0, fpscr" : "=r"(mode));
  return mode;
}
void write_mode(uint32_t mode) { __asm__ volatile("vmsr fpscr, %0" : : "r"(mode)); }
#elif defined(__riscv_flen)
// frm: 0 is round to nearest even. RISC-V has no flush modes.
constexpr uint32_t kMode = 0;
uint32_t read_mode() {
  uint32_t mode;
  __asm__ volatile("frrm %0" : "=r"(mode));
  return mode;
}
void write_mode(uint32_t mode) { __asm__ volatile("fsrm %0" : : "r"(mode)); }
#else
constexpr uint32_t kMode = 0;
uint32_t read_mode() { return kMode; }
void write_mode(uint32_t) {}
#endif

// Reads through volatile, so that the machine computes and not the compiler.
float product(float a, float b) {
  volatile float x = a;
  volatile float y = b;
  return x * y;
}
float sum(float a, float b) {
  volatile float x = a;
  volatile float y = b;
  return x + y;
}
bool equal_bits(float a, float b) { return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b); }

}  // namespace

FpEnvironment::FpEnvironment() : saved_(read_mode()) {
  if (saved_ != kMode) write_mode(kMode);
}

FpEnvironment::~FpEnvironment() { write_mode(saved_); }

bool arithmetic_is_ieee() {
  constexpr float kUlp = 1.1920929e-7f;  // 2^-23
  const float subnormal = std::bit_cast<float>(0x00000001u);
  const float nan = std::bit_cast<float>(0x7fc00000u);
  // Ties to even, both ways.
  if (!equal_bits(sum(1.0f, kUlp * 0.5f), 1.0f)) return false;
  if (!equal_bits(sum(1.0f + kUlp, kUlp * 0.5f), 1.0f + 2 * kUlp)) return false;
  // Subnormals out of a product, through a sum, and back to normal.
  if (!equal_bits(product(1.1754944e-38f, 0.5f), std::bit_cast<float>(0x00400000u))) return false;
  if (!equal_bits(sum(subnormal, subnormal), std::bit_cast<float>(0x00000002u))) return false;
  if (!equal_bits(product(subnormal, 8388608.0f), 1.1754944e-38f)) return false;
  // (1 + ulp)^2 - (1 + 2 ulp) is ulp^2 when fused and 0 when the product is rounded first.
  volatile float a = 1.0f + kUlp;
  volatile float b = -(1.0f + 2 * kUlp);
  const float x = a;
  const float y = b;
  if (!equal_bits(x * x + y, 0.0f)) return false;
  volatile float n = nan;
  return !(n < 1.0f) && !(n >= 1.0f) && n != n;
}

}  // namespace thimble
