// The bounds of docs/NUMERICS.md over the whole range of single precision: every kStride-th bit pattern, so that each
// test stays near a second, and the patterns around every power of two. The exact maxima that the docs quote come
// from the same loops with kStride 1.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>

#include "base/math.h"

namespace thimble {
namespace {

constexpr uint64_t kStride = 997;  // prime, so that all low bits of the mantissa occur
constexpr uint64_t kPatterns = uint64_t{1} << 32;

uint32_t bits(float x) { return std::bit_cast<uint32_t>(x); }
float from_bits(uint64_t b) { return std::bit_cast<float>(static_cast<uint32_t>(b)); }
uint32_t canonical_bits(float x) { return bits(canonical_nan(x)); }

template <class Check>
void for_all_floats(Check check) {
  for (uint64_t b = 0; b < kPatterns; b += kStride) check(from_bits(b));
  for (uint64_t exponent = 0; exponent < 512; ++exponent) {
    for (uint64_t i = 0; i < 8; ++i) check(from_bits(((exponent << 23) + i - 4) & 0xffffffff));
  }
}

// |got - want| in units of the last place that a float of the size of `want` has.
double ulps(float got, double want) {
  constexpr int kLeastExponent = -125;  // frexp's for FLT_MIN; below it the unit stays
  int exponent = 0;
  std::frexp(want, &exponent);
  return std::ldexp(std::fabs(static_cast<double>(got) - want), 24 - std::max(exponent, kLeastExponent));
}

class Worst {
 public:
  void add(float x, double error) {
    if (!(error <= error_)) {
      error_ = error;
      at_ = x;
    }
  }
  void expect_at_most(double bound) const {
    EXPECT_LE(error_, bound) << "at " << at_ << ", 0x" << std::hex << bits(at_);
  }

 private:
  double error_ = 0;
  float at_ = 0;
};

TEST(MathProperty, Exp) {
  Worst worst;
  size_t wrong = 0;
  for_all_floats([&](float x) {
    const float y = exp_f32(x);
    if (std::isnan(x)) {
      if (bits(y) != kCanonicalNan) ++wrong;
    } else if (x > 88.7228317f) {
      if (y != INFINITY) ++wrong;
    } else if (x < -87.3365402f) {
      if (bits(y) != 0) ++wrong;
    } else {
      if (!std::isnormal(y)) ++wrong;
      worst.add(x, ulps(y, std::exp(static_cast<double>(x))));
    }
  });
  EXPECT_EQ(wrong, 0u);
  worst.expect_at_most(0.512);
}

TEST(MathProperty, ExpNeverDecreases) {
  float last = 0;
  size_t decreases = 0;
  for (uint64_t b = 0xff800000; b > 0x80000000; b -= 8) {
    const float y = exp_f32(from_bits(b));
    if (y < last) ++decreases;
    last = y;
    if (b > 0xc2c00000) b -= 0x1000;  // all zero there
  }
  for (uint64_t b = 0; b <= 0x42b18000; b += 8) {
    const float y = exp_f32(from_bits(b));
    if (y < last) ++decreases;
    last = y;
  }
  EXPECT_EQ(decreases, 0u);
}

// The host's division is the correctly rounded one, so ours must have its bits.
TEST(MathProperty, ReciprocalIsTheIeeeQuotient) {
  size_t wrong = 0;
  for_all_floats([&](float x) {
    if (bits(reciprocal_f32(x)) != canonical_bits(1.0f / x)) ++wrong;
  });
  EXPECT_EQ(wrong, 0u);
}

TEST(MathProperty, DivisionIsTheIeeeQuotient) {
  std::mt19937_64 random(1);
  size_t wrong = 0;
  const auto check = [&](float a, float b) {
    if (bits(divide_f32(a, b)) != canonical_bits(a / b)) ++wrong;
  };
  for (int i = 0; i < 4000000; ++i) {
    const uint64_t r = random();
    const float a = from_bits(r & 0xffffffff);
    const float b = from_bits(r >> 32);
    check(a, b);
    check(a, from_bits((r >> 32 & 0x807fffff) | (r & 0x7f800000)));                    // quotients near 1
    check(from_bits(r & 0x80ffffff), from_bits((r >> 32 & 0x807fffff) | 0x3f800000));  // subnormal ones
  }
  const std::array<uint32_t, 14> edges = {0,          1,          2,          3,          0x007fffff,
                                          0x00800000, 0x00800001, 0x3f7fffff, 0x3f800000, 0x3f800001,
                                          0x7f000000, 0x7f7fffff, 0x7f800000, 0x7fc00000};
  for (const uint32_t a : edges) {
    for (const uint32_t b : edges) {
      check(from_bits(a), from_bits(b));
      check(from_bits(a | 0x80000000), from_bits(b));
    }
  }
  EXPECT_EQ(wrong, 0u);
}

TEST(MathProperty, RsqrtIsCorrectlyRounded) {
  Worst worst;
  for_all_floats([&](float x) {
    if (!(x > 0) || std::isinf(x)) return;
    worst.add(x, ulps(rsqrt_f32(x), 1 / std::sqrt(static_cast<double>(x))));
  });
  worst.expect_at_most(0.5);
}

TEST(MathProperty, Silu) {
  Worst worst;
  Worst below;  // where exp(-x) leaves the range of floats
  for_all_floats([&](float x) {
    if (!std::isfinite(x)) return;
    const auto wide = static_cast<double>(x);
    const double want = wide / (1 + std::exp(-wide));
    if (x >= -88.7228317f) {
      worst.add(x, ulps(silu_f32(x), want));
    } else {
      below.add(x, std::fabs(static_cast<double>(silu_f32(x)) - want));
    }
  });
  worst.expect_at_most(2.5);
  below.expect_at_most(2.7e-37);
}

// sin or cos of the distance to the nearest quarter turn, which a double holds to all its bits.
void expect_close(uint64_t phase, Worst& worst_cos, Worst& worst_sin) {
  constexpr double kTwoPi = 6.283185307179586;
  const uint64_t quadrant = (phase + (uint64_t{1} << 61)) >> 62;
  const auto rest = static_cast<int64_t>(phase - (quadrant << 62));
  const double angle = std::ldexp(static_cast<double>(rest), -64) * kTwoPi;
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const std::array<double, 4> cosines = {c, -s, -c, s};
  const std::array<double, 4> sines = {s, c, -s, -c};
  const CosSin got = cos_sin_turns(phase);
  if (cosines[quadrant & 3] != 0) worst_cos.add(got.cos, ulps(got.cos, cosines[quadrant & 3]));
  if (sines[quadrant & 3] != 0) worst_sin.add(got.sin, ulps(got.sin, sines[quadrant & 3]));
}

TEST(MathProperty, CosSin) {
  std::mt19937_64 random(2);
  Worst worst_cos;
  Worst worst_sin;
  for (int i = 0; i < 1000000; ++i) expect_close(random(), worst_cos, worst_sin);
  for (uint64_t octant = 0; octant < 8; ++octant) {
    for (int i = 0; i < 100000; ++i) {
      const uint64_t near = random() >> (random() & 63);
      expect_close((octant << 61) + near, worst_cos, worst_sin);
      expect_close((octant << 61) - near, worst_cos, worst_sin);
    }
    for (uint64_t i = 0; i < 200; ++i) expect_close((octant << 61) + i - 100, worst_cos, worst_sin);
  }
  worst_cos.expect_at_most(0.52);
  worst_sin.expect_at_most(0.52);
}

}  // namespace
}  // namespace thimble
