// The sampler's integer arithmetic against the maths library, and its pinned random numbers.

#include "engine/sampler_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace thimble {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kHuge = std::numeric_limits<float>::max();

TEST(SamplerMath, OrderOfIntegersIsOrderOfFloats) {
  const std::vector<float> rising = {-kInf, -kHuge, -1.5f, -1, -1e-40f, 0, 1e-40f, 1, 1.5f, kHuge, kInf};
  for (size_t i = 1; i < rising.size(); ++i) {
    EXPECT_LT(sampling::order_key(rising[i - 1]), sampling::order_key(rising[i])) << i;
  }
  EXPECT_EQ(sampling::order_key(-0.0f), sampling::order_key(0.0f));
}

// The largest difference between y and its exact value, in units, from logits of `least` on.
double worst_log2_error(float least, float end) {
  double worst = 0;
  for (float x = least; x < end; x *= 1.0009765625f) {
    for (const float signed_x : {x, -x}) {
      const double exact = static_cast<double>(signed_x) * 1.4426950408889634 * 65536;
      worst = std::max(worst, std::abs(exact - sampling::log2_units(std::bit_cast<uint32_t>(signed_x))));
    }
  }
  return worst;
}

TEST(SamplerMath, Log2ErrorIsAsDocumented) {
  EXPECT_LE(worst_log2_error(1e-9f, 64), 0.502);
  EXPECT_LE(worst_log2_error(64, 8192), 0.8);
}

TEST(SamplerMath, Log2OfTheExtremes) {
  const auto y = [](float x) { return sampling::log2_units(std::bit_cast<uint32_t>(x)); };
  EXPECT_EQ(y(0.0f), 0);
  EXPECT_EQ(y(-0.0f), 0);
  EXPECT_EQ(y(1e-40f), 0);
  EXPECT_EQ(y(8191.9f), 774531538);
  EXPECT_EQ(y(8192.0f), sampling::kMostLog2);
  EXPECT_EQ(y(kInf), sampling::kMostLog2);
  EXPECT_EQ(y(-kHuge), -sampling::kMostLog2);
  EXPECT_EQ(y(-kInf), sampling::kNoWeight);
  EXPECT_EQ(y(kNan), sampling::kNoWeight);
  EXPECT_EQ(y(-kNan), sampling::kNoWeight);
}

TEST(SamplerMath, TableIsRoundedToNearest) {
  for (int i = 0; i <= 256; ++i) {
    const double exact = std::exp2(31 - i / 256.0);
    EXPECT_LE(std::abs(exact - sampling::kPowers[static_cast<size_t>(i)]), 0.5000001) << i;
  }
}

TEST(SamplerMath, WeightErrorIsAsDocumented) {
  double most = 0;
  double least = 0;
  for (uint32_t d = 0; d < 65536; ++d) {
    const double exact = std::exp2(31 - d / 65536.0);
    most = std::max(most, sampling::weight(d) / exact - 1);
    least = std::min(least, sampling::weight(d) / exact - 1);
    const double far = exact / (1 << 20);
    EXPECT_LE(std::abs(sampling::weight(d + 20 * 65536) - far), 1.01) << d;
  }
  EXPECT_LE(most, 9.3e-7);
  EXPECT_GE(least, -4.7e-10);  // half a unit, where the table is near 2^30
  EXPECT_EQ(sampling::weight(0), sampling::kOneWeight);
  EXPECT_EQ(sampling::weight(31 << 16), 1u);
  EXPECT_EQ(sampling::weight(32 << 16), 0u);
  EXPECT_EQ(sampling::weight(UINT32_MAX), 0u);
}

TEST(SamplerMath, WeightsNeverRise) {
  for (uint32_t d = 1; d < sampling::kWeightless + 10; ++d) ASSERT_LE(sampling::weight(d), sampling::weight(d - 1));
}

TEST(SamplerMath, PortionKeepsAllBits) {
  EXPECT_EQ(sampling::portion(0xffffffffffffffff, 0xffffffff), 0xfffffffeffffffffu);
  EXPECT_EQ(sampling::portion(uint64_t{1} << 40, 1), 256u);
  EXPECT_EQ(sampling::portion(1, 0xffffffff), 0u);
  EXPECT_EQ(sampling::portion(0x100000001, 0x80000000), 0x80000000u);
}

// Pinned: a change here changes every text that was ever sampled.
TEST(SamplerMath, RandomNumbersArePinned) {
  EXPECT_EQ(sampling::random_number(0, 0), 1210155558u);
  EXPECT_EQ(sampling::random_number(0, 1), 2802244911u);
  EXPECT_EQ(sampling::random_number(42, 7), 839028560u);
  EXPECT_EQ(sampling::random_number(UINT64_MAX, UINT32_MAX), 1627978489u);
}

TEST(SamplerMath, RandomNumbersAreUniform) {
  constexpr int kDraws = 1 << 18;
  constexpr int kBins = 256;
  const auto chi_square = [](auto number) {
    std::vector<int> bins(kBins);
    for (uint32_t i = 0; i < kDraws; ++i) ++bins[number(i) >> 24];
    double sum = 0;
    for (const int n : bins) sum += (n - kDraws / kBins) * (n - kDraws / kBins) / (1.0 * kDraws / kBins);
    return sum;
  };
  // 255 degrees of freedom: 170 to 360 holds all but one in 10^5 honest generators.
  for (const double chi : {chi_square([](uint32_t i) { return sampling::random_number(1, i); }),
                           chi_square([](uint32_t i) { return sampling::random_number(i, 5); }),
                           chi_square([](uint32_t i) { return sampling::random_number(i, i); })}) {
    EXPECT_GT(chi, 170);
    EXPECT_LT(chi, 360);
  }
}

}  // namespace
}  // namespace thimble
