// Special values of base/math.h, and the mode that base/fp_environment.h sets. Error bounds: property/.
#include "base/math.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "base/fp_environment.h"
#ifdef THIMBLE_CHECK_KERNELS
#include "kernels/checked/checked_kernels.h"
#endif

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace thimble {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kLeast = std::numeric_limits<float>::denorm_min();
constexpr float kMin = std::numeric_limits<float>::min();
constexpr float kMax = std::numeric_limits<float>::max();

uint32_t bits(float x) { return std::bit_cast<uint32_t>(x); }
float from_bits(uint32_t b) { return std::bit_cast<float>(b); }
const std::array<float, 5> kNans = {from_bits(0x7fc00000), from_bits(0xffc00000), from_bits(0x7f800001),
                                    from_bits(0xff812345), from_bits(0x7fffffff)};

#define EXPECT_BITS(actual, expected) EXPECT_EQ(bits(actual), bits(expected)) << (actual) << " for " << (expected)

TEST(Math, EveryNanBecomesTheCanonicalOne) {
  for (const float nan : kNans) {
    EXPECT_EQ(bits(canonical_nan(nan)), kCanonicalNan);
    EXPECT_EQ(bits(exp_f32(nan)), kCanonicalNan);
    EXPECT_EQ(bits(reciprocal_f32(nan)), kCanonicalNan);
    EXPECT_EQ(bits(divide_f32(nan, 1.0f)), kCanonicalNan);
    EXPECT_EQ(bits(divide_f32(1.0f, nan)), kCanonicalNan);
    EXPECT_EQ(bits(divide_f32(nan, 0.0f)), kCanonicalNan);
    EXPECT_EQ(bits(rsqrt_f32(nan)), kCanonicalNan);
    EXPECT_EQ(bits(silu_f32(nan)), kCanonicalNan);
  }
  for (const float x : {0.0f, -0.0f, 1.5f, kLeast, kInf, -kInf, -kMax}) EXPECT_BITS(canonical_nan(x), x);
}

TEST(Math, ExpAtItsEnds) {
  EXPECT_BITS(exp_f32(0.0f), 1.0f);
  EXPECT_BITS(exp_f32(-0.0f), 1.0f);
  EXPECT_BITS(exp_f32(kLeast), 1.0f);
  EXPECT_BITS(exp_f32(-kMin), 1.0f);
  EXPECT_BITS(exp_f32(kInf), kInf);
  EXPECT_BITS(exp_f32(-kInf), 0.0f);
  EXPECT_LT(exp_f32(from_bits(0x42b17217)), kInf);
  EXPECT_BITS(exp_f32(from_bits(0x42b17218)), kInf);
  EXPECT_GE(exp_f32(from_bits(0xc2aeac4f)), kMin);
  EXPECT_BITS(exp_f32(from_bits(0xc2aeac50)), 0.0f);
}

TEST(Math, DivisionAtZeroInfinityAndTheEdgesOfTheRange) {
  EXPECT_BITS(divide_f32(1.0f, 0.0f), kInf);
  EXPECT_BITS(divide_f32(-1.0f, 0.0f), -kInf);
  EXPECT_BITS(divide_f32(1.0f, -kInf), -0.0f);
  EXPECT_BITS(divide_f32(-0.0f, 3.0f), -0.0f);
  EXPECT_BITS(divide_f32(-kInf, -2.0f), kInf);
  EXPECT_EQ(bits(divide_f32(0.0f, -0.0f)), kCanonicalNan);
  EXPECT_EQ(bits(divide_f32(-kInf, kInf)), kCanonicalNan);
  EXPECT_BITS(divide_f32(kMax, 0.5f), kInf);
  EXPECT_BITS(divide_f32(kMin, 2.0f), kMin / 2);
  EXPECT_BITS(divide_f32(kLeast, 2.0f), 0.0f);            // a tie goes to even
  EXPECT_BITS(divide_f32(3 * kLeast, 2.0f), 2 * kLeast);  // and here up
  EXPECT_BITS(divide_f32(kLeast, kLeast), 1.0f);
  EXPECT_BITS(reciprocal_f32(kLeast), kInf);
  EXPECT_BITS(reciprocal_f32(from_bits(0x00200000)), kInf);  // 2^-128
  EXPECT_LT(reciprocal_f32(from_bits(0x00200001)), kInf);
  EXPECT_BITS(reciprocal_f32(kMax), from_bits(0x00200000));
}

TEST(Math, RsqrtSpecialValues) {
  EXPECT_BITS(rsqrt_f32(0.0f), kInf);
  EXPECT_BITS(rsqrt_f32(-0.0f), -kInf);
  EXPECT_BITS(rsqrt_f32(kInf), 0.0f);
  EXPECT_EQ(bits(rsqrt_f32(-kInf)), kCanonicalNan);
  EXPECT_EQ(bits(rsqrt_f32(-kLeast)), kCanonicalNan);
  EXPECT_BITS(rsqrt_f32(4.0f), 0.5f);
  EXPECT_BITS(rsqrt_f32(kMin), 0x1p63f);
  EXPECT_BITS(rsqrt_f32(from_bits(2)), 0x1p74f);  // 2^-148
}

TEST(Math, SiluSpecialValues) {
  EXPECT_BITS(silu_f32(0.0f), 0.0f);
  EXPECT_BITS(silu_f32(-0.0f), -0.0f);
  EXPECT_BITS(silu_f32(kInf), kInf);
  EXPECT_BITS(silu_f32(-kInf), -0.0f);
  EXPECT_BITS(silu_f32(kMax), kMax);
  EXPECT_BITS(silu_f32(-kMax), -0.0f);
  EXPECT_LT(silu_f32(from_bits(0xc2b17217)), 0.0f);
  EXPECT_BITS(silu_f32(from_bits(0xc2b17218)), -0.0f);
}

TEST(Math, QuarterTurnsAreExact) {
  constexpr uint64_t kQuarter = uint64_t{1} << 62;
  const std::array<CosSin, 4> expected = {{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
  for (uint64_t q = 0; q < 4; ++q) {
    EXPECT_BITS(cos_sin_turns(q * kQuarter).cos, expected[q].cos);
    EXPECT_BITS(cos_sin_turns(q * kQuarter).sin, expected[q].sin);
  }
}

TEST(Math, SumsOfNothingAreZero) {
  EXPECT_BITS(dot_f32(nullptr, nullptr, 0), 0.0f);
  EXPECT_BITS(sum_f32(nullptr, 0), 0.0f);
}

// Terms whose sum depends on the order, so that only the defined lanes and tree give this result.
TEST(Math, SumsFollowLanesAndTree) {
  std::array<float, 21> a{};
  std::array<float, 21> b{};
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<float>(i + 1) * (i % 3 == 0 ? 1e4f : -1.7e-3f);
    b[i] = 1.0f + static_cast<float>(i) * 0.37f;
  }
  const auto lane = [&](size_t l, bool product) {
    float sum = 0;
    for (size_t i = l; i < a.size(); i += 8) {
      const float term = product ? a[i] * b[i] : a[i];
      sum = sum + term;
    }
    return sum;
  };
  for (const bool product : {false, true}) {
    const auto s = [&](size_t l) { return lane(l, product); };
    const float expected = ((s(0) + s(4)) + (s(2) + s(6))) + ((s(1) + s(5)) + (s(3) + s(7)));
    EXPECT_BITS((product ? dot_f32(a.data(), b.data(), a.size()) : sum_f32(a.data(), a.size())), expected);
  }
}

TEST(FpEnvironment, ThisMachineIsFit) {
  const FpEnvironment environment;
  EXPECT_TRUE(arithmetic_is_ieee());
}

#if defined(__SSE__)
constexpr unsigned kAllMasked = 0x1f80;
constexpr unsigned kFlushToZero = 0x8000;
constexpr unsigned kDenormalsAreZero = 0x0040;
constexpr unsigned kRoundDown = 0x2000;

class Mxcsr {
 public:
  explicit Mxcsr(unsigned value) : saved_(_mm_getcsr()) { _mm_setcsr(value); }
  ~Mxcsr() { _mm_setcsr(saved_); }
  Mxcsr(const Mxcsr&) = delete;
  Mxcsr& operator=(const Mxcsr&) = delete;

 private:
  unsigned saved_;
};

TEST(FpEnvironment, SelfCheckSeesEachWrongMode) {
  for (const unsigned mode : {kFlushToZero, kDenormalsAreZero, kRoundDown, 0x4000u, 0x6000u}) {
    const Mxcsr wrong(kAllMasked | mode);
    EXPECT_FALSE(arithmetic_is_ieee()) << std::hex << mode;
    const FpEnvironment environment;
    EXPECT_TRUE(arithmetic_is_ieee()) << std::hex << mode;
  }
}

TEST(FpEnvironment, ResultsDoNotDependOnTheCallersMode) {
  std::array<float, 19> a{};
  std::array<float, 19> b{};
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<float>(i) * 1.1e-19f;
    b[i] = static_cast<float>(i) * -1.3e-20f;  // products are subnormal
  }
  const float expected = dot_f32(a.data(), b.data(), a.size());
  const unsigned odd_mode = kAllMasked | kFlushToZero | kDenormalsAreZero | kRoundDown;
  const Mxcsr caller(odd_mode);
  EXPECT_NE(bits(dot_f32(a.data(), b.data(), a.size())), bits(expected)) << "the mode must matter for this test";
  {
    const FpEnvironment environment;
    EXPECT_BITS(dot_f32(a.data(), b.data(), a.size()), expected);
  }
  constexpr unsigned kStickyFlags = 0x3f;
  EXPECT_EQ(_mm_getcsr() & ~kStickyFlags, odd_mode);
}

TEST(FpEnvironment, TakesNoTrap) {
  const Mxcsr caller(0);  // every exception would trap
  const FpEnvironment environment;
  volatile float large = kMax;
  EXPECT_BITS(large * 2.0f, kInf);
}
#endif

#ifdef THIMBLE_CHECK_KERNELS
// Fails every run of this program, whichever tests it ran, in which a kernel differed from the oracle.
class NoMismatch : public testing::Environment {
 public:
  void TearDown() override { EXPECT_EQ(kernel_mismatches(), 0u); }
};
[[maybe_unused]] const testing::Environment* const kNoMismatch =
    testing::AddGlobalTestEnvironment(new NoMismatch);  // owned by GoogleTest
#endif

}  // namespace
}  // namespace thimble
