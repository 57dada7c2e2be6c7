// Scales against exact integers of 128 bits: every operation is a number cut off after 32 bits, or has a bound.

#include "base/scale.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/property/quantized_matrix.h"

namespace thimble {
namespace {

using testing::Random;

// gcc and clang have it; ISO C++ does not.
__extension__ using Uint128 = unsigned __int128;

constexpr uint32_t kTop = 0x80000000;  // the least mantissa
constexpr uint32_t kFull = 0xffffffff;
constexpr float kLeastNormal = std::numeric_limits<float>::min();
constexpr float kLargestFloat = std::numeric_limits<float>::max();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

void expect_scale(Scale got, Scale want, const char* what) {
  EXPECT_EQ(got.mantissa, want.mantissa) << what;
  EXPECT_EQ(got.exponent, want.exponent) << what;
}

// n * 2^exponent with what is beyond the upper 32 bits cut off.
Scale cut_off(Uint128 n, int32_t exponent) {
  if (n == 0) return {};
  for (; n > kFull; n >>= 1) ++exponent;
  for (; n < kTop; n <<= 1) --exponent;
  return {static_cast<uint32_t>(n), exponent};
}

// Exact for 32 bits and the exponents of these tests.
double value(Scale s) { return std::ldexp(static_cast<double>(s.mantissa), s.exponent); }

uint32_t any_mantissa(Random& random) {
  const auto draw = static_cast<uint32_t>(random.bits());
  switch (random.bits() % 8) {
    case 0:
      return kTop;
    case 1:
      return kFull;
    case 2:
      return kTop | (1u << (draw % 31));
    case 3:
      return ~(1u << (draw % 31));
    default:
      return draw | kTop;
  }
}

Scale any_scale(Random& random, int32_t most_exponent) {
  return {any_mantissa(random), random.integer(-most_exponent, most_exponent)};
}

TEST(Scale, AnIntegerKeepsItsUpper32Bits) {
  expect_scale(make_scale(0, 5), {0, 0}, "zero has one form");
  expect_scale(make_scale(1), {kTop, -31}, "1");
  expect_scale(make_scale(3, 4), {0xc0000000, -26}, "3 * 2^4");
  expect_scale(make_scale(UINT64_MAX), {kFull, 32}, "2^64 - 1");
  expect_scale(make_scale(0x1'0000'0001), {kTop, 1}, "the last bit of 33");
  Random random(1);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t n = random.bits() >> (random.bits() % 64);
    const int32_t exponent = random.integer(-500, 500);
    expect_scale(make_scale(n, exponent), cut_off(n, exponent), "random");
  }
}

TEST(Scale, FloatsComeInExactly) {
  Random random(2);
  for (int i = 0; i < 100000; ++i) {
    const auto bits = static_cast<uint32_t>(random.bits()) & 0x7fffffff;
    const auto x = std::bit_cast<float>(bits);
    if (!std::isfinite(x)) continue;
    const Scale s = scale_from_f32(x);
    ASSERT_EQ(value(s), static_cast<double>(x)) << bits;
    ASSERT_TRUE(s.mantissa >= kTop || bits == 0) << bits;
    // The way back keeps normal floats, and makes zeros of subnormal ones.
    ASSERT_EQ(std::bit_cast<uint32_t>(f32_from_scale(s)), x < kLeastNormal ? 0 : bits);
  }
  for (uint32_t bit = 0; bit < 23; ++bit) {  // subnormals
    const auto x = std::bit_cast<float>(1u << bit);
    expect_scale(scale_from_f32(x), {kTop, static_cast<int32_t>(bit) - 149 - 31}, "a power of two");
    EXPECT_EQ(f32_from_scale(scale_from_f32(x)), 0.0f);
  }
}

TEST(Scale, FloatsThatAreNoScaleGiveZero) {
  for (const float x : {0.0f, -0.0f, -1.0f, -kLeastNormal, -kInfinity, kInfinity, std::nanf(""), -std::nanf("1")}) {
    expect_scale(scale_from_f32(x), {0, 0}, "no scale");
  }
  EXPECT_EQ(std::bit_cast<uint32_t>(f32_from_scale({})), 0u);
}

TEST(Scale, BecomesTheNearestFloatHalvesToEven) {
  const auto of = [](uint32_t mantissa) { return f32_from_scale({mantissa, -31}); };
  constexpr float kUlp = 0x1p-23f;
  EXPECT_EQ(of(0x8000007f), 1.0f);
  EXPECT_EQ(of(0x80000080), 1.0f);  // the tie goes to the even one
  EXPECT_EQ(of(0x80000081), 1.0f + kUlp);
  EXPECT_EQ(of(0x8000017f), 1.0f + kUlp);
  EXPECT_EQ(of(0x80000180), 1.0f + 2 * kUlp);
  EXPECT_EQ(of(0xffffff7f), 2.0f - kUlp);
  EXPECT_EQ(of(0xffffff80), 2.0f);  // the carry reaches the exponent
  Random random(3);
  for (int i = 0; i < 100000; ++i) {
    const Scale s = any_scale(random, 200);
    // A double holds all 32 bits, and its conversion rounds to nearest even.
    const double exact = value(s);
    const float want = exact < static_cast<double>(kLeastNormal) ? 0.0f
                       : exact >= 0x1p128                        ? kInfinity
                                                                 : static_cast<float>(exact);
    ASSERT_EQ(f32_from_scale(s), want) << s.mantissa << " * 2^" << s.exponent;
  }
}

TEST(Scale, FloatsHaveEnds) {
  EXPECT_EQ(f32_from_scale({kTop, -157}), kLeastNormal);
  EXPECT_EQ(f32_from_scale({kFull, -158}), 0.0f);
  EXPECT_EQ(f32_from_scale({kTop, -100000}), 0.0f);
  EXPECT_EQ(f32_from_scale({0xffffff7f, 96}), kLargestFloat);
  EXPECT_EQ(f32_from_scale({0xffffff80, 96}), kInfinity);  // as rounding has it
  EXPECT_EQ(f32_from_scale({kTop, 97}), kInfinity);
  EXPECT_EQ(f32_from_scale({kTop, 100000}), kInfinity);
}

TEST(Scale, ProductsAreCutOff) {
  Random random(4);
  for (int i = 0; i < 100000; ++i) {
    const Scale a = any_scale(random, 1000), b = any_scale(random, 1000);
    expect_scale(a * b, cut_off(Uint128{a.mantissa} * b.mantissa, a.exponent + b.exponent), "product");
    expect_scale(b * a, a * b, "the other way round");
  }
  expect_scale(Scale{} * Scale{kFull, 900}, {}, "zero");
  expect_scale(Scale{kFull, 900} * Scale{}, {}, "zero");
}

// The definition shifts the smaller mantissa and then cuts; that is the exact sum, cut once.
TEST(Scale, SumsAreCutOff) {
  Random random(5);
  for (int i = 0; i < 100000; ++i) {
    const Scale a = any_scale(random, 40), b = any_scale(random, 40);
    const int32_t least = a.exponent < b.exponent ? a.exponent : b.exponent;
    const auto units = [&](Scale s) { return Uint128{s.mantissa} << (s.exponent - least); };
    expect_scale(a + b, cut_off(units(a) + units(b), least), "sum");
    expect_scale(b + a, a + b, "the other way round");
  }
  const Scale one = make_scale(1);
  expect_scale(one + shifted_by(one, -31), {kTop + 1, -31}, "one unit");
  expect_scale(one + Scale{kFull, one.exponent - 32}, one, "below one unit");
  expect_scale(one + shifted_by(one, -100000), one, "nothing");
  expect_scale(Scale{} + one, one, "zero");
  expect_scale(one + Scale{}, one, "zero");
  expect_scale(Scale{} + Scale{}, {}, "zeros");
}

TEST(Scale, TheOrderIsThatOfTheValues) {
  Random random(6);
  for (int i = 0; i < 100000; ++i) {
    const Scale a = any_scale(random, 3), b = any_scale(random, 3);
    ASSERT_EQ(a < b, value(a) < value(b));
    ASSERT_FALSE(a < a);
    ASSERT_TRUE(Scale{} < a);
    ASSERT_FALSE(a < Scale{});
  }
  EXPECT_FALSE(Scale{} < Scale{});
  EXPECT_TRUE((Scale{kFull, -900} < Scale{kTop, 900}));
}

TEST(Scale, ShiftingZeroLeavesZero) {
  expect_scale(shifted_by({}, 7), {}, "zero");
  expect_scale(shifted_by(make_scale(1), 7), make_scale(128), "2^7");
}

// All 2^20 mantissas of 21 bits, their neighbours, and random ones.
template <class Check>
void for_mantissas(const Check& check) {
  for (uint64_t m = kTop; m <= kFull; m += 1 << 11) {
    check(static_cast<uint32_t>(m));
    check(static_cast<uint32_t>(m + 1));
    check(static_cast<uint32_t>(m + (1 << 11) - 1));
  }
  Random random(7);
  for (int i = 0; i < 1000000; ++i) check(static_cast<uint32_t>(random.bits()) | kTop);
}

// 2^(power - 28): the error that is too much for a result of 2^power.
Uint128 bound(int32_t power) { return Uint128{1} << (power - 28); }

TEST(Scale, ReciprocalIsLowByLessThanItsBound) {
  Random random(8);
  for_mantissas([&](uint32_t mantissa) {
    const Scale a = {mantissa, random.integer(-900, 900)};
    const Scale r = reciprocal(a);
    ASSERT_GE(r.mantissa, kTop);
    const int32_t power = -(a.exponent + r.exponent);  // a * r = product / 2^power
    ASSERT_TRUE(power >= 62 && power <= 64) << mantissa;
    const Uint128 product = Uint128{a.mantissa} * r.mantissa, one = Uint128{1} << power;
    ASSERT_TRUE(product <= one && one - product < bound(power)) << mantissa;
  });
  expect_scale(reciprocal({}), {}, "of zero");
}

TEST(Scale, ReciprocalRootIsLowByLessThanItsBound) {
  for_mantissas([&](uint32_t mantissa) {
    for (const int32_t exponent : {-301, -300, -2, -1, 0, 1, 2, 300, 301}) {
      const Scale a = {mantissa, exponent};
      const Scale r = rsqrt(a);
      ASSERT_GE(r.mantissa, kTop);
      const int32_t power = -(a.exponent + 2 * r.exponent);  // a * r^2 = product / 2^power
      ASSERT_TRUE(power >= 93 && power <= 96) << mantissa;
      const Uint128 product = Uint128{r.mantissa} * r.mantissa * a.mantissa, one = Uint128{1} << power;
      // The square is low by twice as much.
      ASSERT_TRUE(product <= one && one - product < 2 * bound(power)) << mantissa << " * 2^" << exponent;
    }
  });
  expect_scale(rsqrt({}), {}, "of zero");
}

// Three numbers are cut off: the constant and two products.
TEST(Scale, NarrowScaleIsA127thOfTheLargest) {
  Random random(9);
  for (int i = 0; i < 100000; ++i) {
    const Scale wide = any_scale(random, 500);
    const auto largest = static_cast<uint32_t>(random.integer(1, (1 << 30) - 1)) >> (random.bits() % 30);
    const Scale narrow = narrow_scale(wide, largest);
    if (largest == 0) continue;
    // narrow * 127 against wide * largest, in units of narrow
    const int32_t shift = wide.exponent - narrow.exponent;
    const Uint128 want = Uint128{wide.mantissa} * largest;
    const Uint128 got = shift >= 0 ? Uint128{narrow.mantissa} * 127 : (Uint128{narrow.mantissa} * 127) << -shift;
    const Uint128 aligned = shift >= 0 ? want << shift : want;
    ASSERT_TRUE(got <= aligned && aligned - got < (aligned >> 29)) << wide.mantissa << ", " << largest;
  }
  expect_scale(narrow_scale({kFull, 3}, 0), {}, "nothing but zeros");
  expect_scale(narrow_scale({}, 5), {}, "no scale");
}

// --- codes of the kv cache ---

double code_value(int code) { return std::ldexp(8 + code % 8, code / 8 - 27); }

TEST(ScaleCodes, EveryCodeIsItsScale) {
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<uint8_t>(code);
    EXPECT_EQ(value(scale_of_code(byte)), code_value(code)) << code;
    EXPECT_EQ(std::ldexp(code_mantissa(byte), static_cast<int>(code_octave(byte)) + kCodeExponent), code_value(code));
    EXPECT_LT(code == 0 ? 0 : code_value(code - 1), code_value(code));
  }
  EXPECT_EQ(code_value(0), 0x1p-24);
  EXPECT_EQ(code_value(255), 240);
}

// At each code, one unit of the last place below it, and one above.
TEST(ScaleCodes, TheLeastCodeNotBelowIsFoundAtEveryBoundary) {
  for (int code = 0; code < 256; ++code) {
    const Scale at = scale_of_code(static_cast<uint8_t>(code));
    const Scale above = {at.mantissa + 1, at.exponent};
    const Scale below = at.mantissa == kTop ? Scale{kFull, at.exponent - 1} : Scale{at.mantissa - 1, at.exponent};
    EXPECT_EQ(code_at_least(at), code);
    EXPECT_EQ(code_at_least(below), code);
    EXPECT_EQ(code_at_least(above), code == 255 ? 255 : code + 1);
  }
}

TEST(ScaleCodes, TheLeastCodeNotBelowIsFoundAnywhere) {
  Random random(10);
  for (int i = 0; i < 100000; ++i) {
    const Scale s = any_scale(random, 80);
    int want = 0;
    while (want < 255 && code_value(want) < value(s)) ++want;
    ASSERT_EQ(code_at_least(s), want) << s.mantissa << " * 2^" << s.exponent;
  }
  EXPECT_EQ(code_at_least({}), 0);
  EXPECT_EQ(code_at_least({kTop, -100000}), 0);
  EXPECT_EQ(code_at_least({kTop, 100000}), 255);
}

}  // namespace
}  // namespace thimble
