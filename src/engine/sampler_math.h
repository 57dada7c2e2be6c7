// The integer arithmetic of the sampler: docs/NUMERICS.md ("Sampling") is the law.
//
// Probabilities are powers of two here: e^(x - m) = 2^(y - y_m) with y = x log2(e). A logit becomes y in units of 2^-16
// by one 32-bit product of its mantissa; a difference of two y becomes a weight by a table of 2^-(i/256) and a shift.
// Nothing touches the floating-point unit, so a chip without one pays about 40 instructions per row, and rounding
// modes and compilers have no say.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/fixed.h"
#include "base/math.h"

namespace thimble::sampling {

inline constexpr uint32_t kMinusInfinity = 0xff800000;  // as bits of a float
inline constexpr uint32_t kPlusInfinity = 0x7f800000;

// The order of floats as the order of integers, -0 equal to +0. A NaN comes out above +inf or below -inf.
inline int32_t order_key(uint32_t bits) { return static_cast<int32_t>((bits >> 31) != 0 ? 0x80000000u - bits : bits); }
inline int32_t order_key(float x) { return order_key(std::bit_cast<uint32_t>(x)); }

inline constexpr int kLog2Bits = 16;                // y is in units of 2^-16
inline constexpr int32_t kOctave = 1 << kLog2Bits;  // a factor of two
inline constexpr int32_t kMostLog2 = 1 << 30;       // where y is clamped: a logit of 8192 and more
inline constexpr int32_t kNoWeight = INT32_MIN;     // the y of -inf and NaN: weighs 0 beside any reference
inline constexpr int32_t kWeightlessOctaves = 32;   // from this difference on the weight is 0
inline constexpr uint32_t kWeightless = kWeightlessOctaves * kOctave;

// y = bits * log2(e) in units of 2^-16, rounded to nearest, halves away from zero.
[[gnu::always_inline]] inline int32_t log2_units(uint32_t bits) {
  constexpr uint32_t kLog2e = 0xb8aa3b29;  // log2(e) in Q1.31
  // Below 2^-18 the result rounds to 0, and from 2^13 on it is clamped; between, the shift is 1..31.
  constexpr uint32_t kLeastExponent = 127 - 18;
  constexpr uint32_t kExponents = 13 + 18;
  const uint32_t exponent = (bits >> 23) & 0xff;
  const bool negative = (bits >> 31) != 0;
  if (exponent - kLeastExponent >= kExponents) [[unlikely]] {
    if (exponent < kLeastExponent) return 0;
    if (bits == kMinusInfinity || (bits & 0x7fffffff) > kPlusInfinity) return kNoWeight;
    return negative ? -kMostLog2 : kMostLog2;
  }
  const uint32_t mantissa = bits << 8 | 0x80000000;  // Q1.31; the exponent's last bit gives way to the hidden one
  const uint32_t product = mul_high_unsigned(mantissa, kLog2e);  // |x| log2(e) in Q2.30 of its octave
  const auto y = static_cast<int32_t>(((product >> (140 - exponent)) + 1) >> 1);
  return negative ? -y : y;
}

// The order_key of a logit whose y, and so that of every lower one, is at most `octaves` octaves: a little below
// octaves * ln(2), by more than y may be off. Where no y is known to be so low, that of -infinity.
inline int32_t key_below_octaves(int32_t octaves) {
  constexpr int32_t kLeast = -(kMostLog2 >> kLog2Bits);
  constexpr int32_t kMost = 11818;  // of a logit just below 8192, from which on y is clamped
  if (octaves <= kLeast) return order_key(kMinusInfinity);
  const int32_t in_reach = octaves < kMost ? octaves : kMost;
  return order_key(f32_from_q16(in_reach * (in_reach < 0 ? 45427 : 45425)));  // ln(2) * 2^16 = 45426.09
}

inline constexpr uint32_t kOneWeight = 0x80000000;  // weights are in units of 2^-31

// 2^-(i/256) in units of 2^-31, each rounded to nearest: the product of those of the eight roots below that i's bits
// name. Eight truncations of 2^-64 cannot be seen in it.
inline constexpr std::array<uint32_t, 257> kPowers = [] {
  // 2^-(1/2), 2^-(1/4), ... 2^-(1/256) in Q0.64, computed with 60 digits.
  constexpr std::array<uint64_t, 8> kRoots = {0xb504f333f9de6484, 0xd744fccad69d6af4, 0xeac0c6e7dd24392f,
                                              0xf5257d152486cc2c, 0xfa83b2db722a033a, 0xfd3e0c0cf486c175,
                                              0xfe9e115c7b8f884c, 0xff4ecb59511ec8a5};
  constexpr uint64_t kLow = 0xffffffff;
  std::array<uint32_t, 257> powers{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint64_t p = UINT64_MAX;
    for (uint32_t bit = 0; bit < 8; ++bit) {
      if ((i >> (7 - bit) & 1) == 0) continue;
      const uint64_t a = p >> 32, b = p & kLow, c = kRoots[bit] >> 32, d = kRoots[bit] & kLow;
      p = a * c + (a * d >> 32) + (b * c >> 32) + (((a * d & kLow) + (b * c & kLow) + (b * d >> 32)) >> 32);
    }
    powers[i] = static_cast<uint32_t>((p >> 33) + (p >> 32 & 1));
  }
  powers[256] = kOneWeight / 2;
  return powers;
}();

// 2^-(d / 2^16) in units of 2^-31: linear between the entries of the table (at most 9.2e-7 of the value too high),
// then cut to whole units.
[[gnu::always_inline]] inline uint32_t weight(uint32_t d) {
  if (d >= kWeightless) return 0;
  const uint32_t* const power = &kPowers[(d >> 8) & 0xff];
  const uint32_t upper = power[0];
  const uint32_t step = upper - power[1];  // < 2^22.5, so that the product below stays under 2^31
  return (upper - (step * (d & 0xff) >> 8)) >> (d >> kLog2Bits);
}

// The least whole octave that is not below y.
inline int32_t octave_above(int32_t y) { return (y + (kOctave - 1)) & -kOctave; }

// floor(s * share / 2^32), without the 96-bit product.
[[gnu::noinline]] inline uint64_t portion(uint64_t s, uint32_t share) {
  return (s >> 32) * share + ((s & 0xffffffff) * share >> 32);
}

// The finaliser of splitmix64: a bijection in which every input bit reaches every output bit.
[[gnu::noinline]] inline uint64_t spread(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// The one random number of a position: the upper half of splitmix64's output number `position` after a start that
// the seed names. It depends on nothing else, so a text can be continued, or a position tried again, with any history.
inline uint32_t random_number(uint64_t seed, uint32_t position) {
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio, odd
  return static_cast<uint32_t>(spread(spread(seed + kStep) + kStep * position) >> 32);
}

}  // namespace thimble::sampling
