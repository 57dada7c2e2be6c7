// Multiplying integers by a scale: exact products and shifts of 128 bits beside every one of 32.

#include "base/fixed.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/property/quantized_matrix.h"

namespace thimble {
namespace {

using testing::floor_shift;
using testing::Int128;
using testing::Random;

constexpr int32_t kMost = (int64_t{1} << 31) - 1;

int64_t limited(Int128 x, int64_t most) { return static_cast<int64_t>(x > most ? most : x < -most ? -most : x); }

// x * 2^-shift, to nearest with halves up, limited.
int64_t shifted_exactly(Int128 x, int32_t shift) {
  if (shift > 0) return static_cast<int64_t>(floor_shift(x + (Int128{1} << (shift - 1)), shift));
  return limited(x * (Int128{1} << -shift), kWideMax);
}

std::vector<int32_t> edges(int32_t most) {
  std::vector<int32_t> all = {0};
  for (int bit = 0; bit < 31; ++bit) {
    for (const int64_t near : {-1, 0, 1}) {
      const int64_t x = (int64_t{1} << bit) + near;
      if (x > most) continue;
      all.push_back(static_cast<int32_t>(x));
      all.push_back(static_cast<int32_t>(-x));
    }
  }
  all.insert(all.end(), {most, -most});
  return all;
}

TEST(Fixed, MulHighRoundsDown) {
  EXPECT_EQ(mul_high(1, 1), 0);
  EXPECT_EQ(mul_high(-1, 1), -1);
  EXPECT_EQ(mul_high(INT32_MIN, INT32_MIN), 1 << 30);
  EXPECT_EQ(mul_high(INT32_MIN, INT32_MAX), -(1 << 30));
  Random random(1);
  for (int i = 0; i < 100000; ++i) {
    const int32_t a = random.integer(INT32_MIN, INT32_MAX), b = random.integer(INT32_MIN, INT32_MAX);
    ASSERT_EQ(mul_high(a, b), static_cast<int32_t>(floor_shift(Int128{a} * b, 32))) << a << " * " << b;
  }
}

TEST(Fixed, MagnitudeHoldsTheLeastInteger) {
  EXPECT_EQ(magnitude(0), 0u);
  EXPECT_EQ(magnitude(-5), 5u);
  EXPECT_EQ(magnitude(INT32_MAX), 0x7fffffffu);
  EXPECT_EQ(magnitude(INT32_MIN), 0x80000000u);
}

TEST(Fixed, RightShiftsRoundHalvesUp) {
  EXPECT_EQ(shifted(1, 1), 1);
  EXPECT_EQ(shifted(-1, 1), 0);
  EXPECT_EQ(shifted(3, 1), 2);
  EXPECT_EQ(shifted(-3, 1), -1);
  EXPECT_EQ(shifted(5, 2), 1);
  EXPECT_EQ(shifted(6, 2), 2);
  EXPECT_EQ(shifted(-6, 2), -1);
  EXPECT_EQ(shifted(-7, 2), -2);
  EXPECT_EQ(shifted(kWideMax, 30), 1);
  EXPECT_EQ(shifted(kWideMax, 31), 0);
  EXPECT_EQ(shifted(-kWideMax, 31), 0);
}

TEST(Fixed, LeftShiftsAreLimited) {
  EXPECT_EQ(shifted(5, 0), 5);
  EXPECT_EQ(shifted(-5, -3), -40);
  EXPECT_EQ(shifted(1, -29), 1 << 29);
  EXPECT_EQ(shifted(1, -30), kWideMax);
  EXPECT_EQ(shifted(-1, -30), -kWideMax);
  EXPECT_EQ(shifted(1 << 29, -1), kWideMax);
  EXPECT_EQ(shifted((1 << 29) - 1, -1), kWideMax - 1);
  EXPECT_EQ(shifted(kMost, 0), kWideMax);
  EXPECT_EQ(shifted(0, -64), 0);
}

// Every shift that a kernel can meet: 64 of a multiplier, and 31 octaves of a code.
TEST(Fixed, ShiftsAreExact) {
  for (int32_t shift = -kMostShift - 31; shift <= kMostShift; ++shift) {
    for (const int32_t x : edges(shift > 0 ? kWideMax : kMost)) {
      ASSERT_EQ(shifted(x, shift), shifted_exactly(x, shift)) << x << " >> " << shift;
    }
  }
}

TEST(Fixed, AMultiplierIsItsScale) {
  Random random(2);
  for (int i = 0; i < 100000; ++i) {
    const Scale scale = {static_cast<uint32_t>(random.bits()) | 0x80000000u, random.integer(-97, 31)};
    const Multiplier m = multiplier_of(scale);
    ASSERT_GE(m.mantissa, 1 << 30);
    ASSERT_EQ(static_cast<uint32_t>(m.mantissa), scale.mantissa / 2);
    // mantissa * 2^(-32 - shift) = (scale.mantissa / 2) * 2^(exponent + 1)
    ASSERT_EQ(-32 - m.shift, scale.exponent + 1);
  }
}

TEST(Fixed, AMultiplierHasLimits) {
  EXPECT_EQ(multiplier_of({0x80000000, -98}).shift, kMostShift);
  EXPECT_EQ(multiplier_of({0x80000000, -97}).shift, kMostShift);
  EXPECT_EQ(multiplier_of({0x80000000, 31}).shift, -kMostShift);
  EXPECT_EQ(multiplier_of({0x80000000, 32}).shift, -kMostShift);
  EXPECT_EQ(multiplier_of({0x80000000, 100000}).shift, -kMostShift);
  EXPECT_EQ(multiplier_of({0x80000000, -100000}).shift, kMostShift);
  EXPECT_EQ(multiplier_of({}).mantissa, 0);
  for (const int32_t x : edges(kMost)) EXPECT_EQ(scaled(x, multiplier_of({})), 0) << x;
}

Multiplier any_multiplier(Random& random) {
  return {random.integer(1 << 30, kMost), random.integer(-kMostShift, kMostShift)};
}

TEST(Fixed, ScaledFollowsItsDefinition) {
  Random random(3);
  const std::vector<int32_t> xs = edges(kMost);
  for (int i = 0; i < 5000; ++i) {
    const Multiplier m = any_multiplier(random);
    for (const int32_t x : xs) {
      const int64_t want = shifted_exactly(floor_shift(Int128{x} * m.mantissa, 32), m.shift);
      ASSERT_EQ(scaled(x, m), want) << x << " * " << m.mantissa << " >> " << m.shift;
      ASSERT_EQ(narrowed(x, m), limited(want, 127)) << x << " * " << m.mantissa << " >> " << m.shift;
    }
  }
}

// As a real number: half a unit from the last rounding, and what the high product lost before.
TEST(Fixed, ScaledIsNearTheProduct) {
  Random random(4);
  for (int i = 0; i < 100000; ++i) {
    const Scale scale = {static_cast<uint32_t>(random.bits()) | 0x80000000u, random.integer(-64, -33)};
    const int32_t x = random.integer(-kMost, kMost);
    const Multiplier m = multiplier_of(scale);
    const double exact = x * std::ldexp(static_cast<double>(scale.mantissa), scale.exponent);
    const double bound = (m.shift > 0 ? 0.5 : 0) + std::ldexp(1.0, -m.shift) + std::fabs(exact) * 0x1p-31;
    ASSERT_LE(std::fabs(scaled(x, m) - exact), bound) << x << ", shift " << m.shift;
  }
}

TEST(Fixed, NarrowedStaysWithin127) {
  const Multiplier one = {1 << 30, -2};
  for (int32_t x = -1200; x <= 1200; x += 4) EXPECT_EQ(narrowed(x, one), x > 127 ? 127 : x < -127 ? -127 : x) << x;
}

}  // namespace
}  // namespace thimble
