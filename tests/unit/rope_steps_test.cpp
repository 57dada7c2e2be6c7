#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tools/convert/convert.h"
#include "tools/error.h"

namespace thimble {
namespace {

using tools::rope_phase_steps;

const long double kTwoPi = 2 * std::acos(-1.0L);

TEST(RopeSteps, MatchLongDoubleForManyBasesAndHeadSizes) {
  if (std::numeric_limits<long double>::digits < 64) GTEST_SKIP() << "long double is no better than double here";
  for (const double theta : {1.0, 1.0000001, 2.0, 3.7, 1e4, 5e5, 1e6, 1e9, 1e30}) {
    for (const uint32_t head_dim : {2u, 6u, 8u, 34u, 48u, 64u, 100u, 128u, 256u, 1024u}) {
      const std::vector<uint64_t> steps = rope_phase_steps(theta, head_dim);
      ASSERT_EQ(steps.size(), head_dim / 2);
      for (uint32_t i = 0; i < steps.size(); ++i) {
        const long double exponent = -2.0L * i / head_dim;
        const long double want = 0x1p64L * std::pow(static_cast<long double>(theta), exponent) / kTwoPi;
        const long double off = std::abs(static_cast<long double>(steps[i]) - want);
        EXPECT_LE(off, 0.5L + want * 0x1p-55L) << "theta " << theta << " head_dim " << head_dim << " pair " << i;
      }
    }
  }
}

TEST(RopeSteps, KnownValues) {
  // 2^64 / (2 pi) is 2935890503282001226.496...; base 4 with two pairs halves it.
  EXPECT_EQ(rope_phase_steps(10000.0, 2), std::vector<uint64_t>{2935890503282001226u});
  const auto steps = rope_phase_steps(4.0, 4);
  EXPECT_EQ(steps[0], 2935890503282001226u);
  EXPECT_EQ(steps[1], 1467945251641000613u);
}

TEST(RopeSteps, BaseOneTurnsAllPairsAlike) {
  for (const uint64_t step : rope_phase_steps(1.0, 64)) EXPECT_EQ(step, 2935890503282001226u);
}

TEST(RopeSteps, FallStrictlyForARealBase) {
  const auto steps = rope_phase_steps(500000.0, 128);
  for (size_t i = 1; i < steps.size(); ++i) EXPECT_LT(steps[i], steps[i - 1]);
}

TEST(RopeSteps, RefuseWhatHasNoMeaning) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const double theta : {0.0, -1.0, 0.5, kNan, std::numeric_limits<double>::infinity(), 0x1p127}) {
    EXPECT_THROW(rope_phase_steps(theta, 8), tools::Error) << theta;
  }
  for (const uint32_t head_dim : {0u, 7u, 65538u}) EXPECT_THROW(rope_phase_steps(1e4, head_dim), tools::Error);
}

TEST(RopeSteps, AreDividedWhereRopeIsScaled) {
  std::vector<uint64_t> steps = {1000, 7, 9, uint64_t{1} << 61, 12345};
  tools::scale_rope_steps(std::vector<double>{1, 2, 2.25, 8, 0.5}, steps);
  EXPECT_EQ(steps, (std::vector<uint64_t>{1000, 4, 4, uint64_t{1} << 58, 24690}));
}

TEST(RopeSteps, RefuseDivisorsWithoutMeaning) {
  for (const double divisor :
       {0.0, -2.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 1e-30}) {
    std::vector<uint64_t> steps = {uint64_t{1} << 61};
    EXPECT_THROW(tools::scale_rope_steps(std::vector<double>{divisor}, steps), tools::Error) << divisor;
  }
  std::vector<uint64_t> steps = {1, 2};
  EXPECT_THROW(tools::scale_rope_steps(std::vector<double>{1}, steps), tools::Error);
}

}  // namespace
}  // namespace thimble
