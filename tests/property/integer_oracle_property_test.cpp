// What the oracle of the integer path is worth: each reference kernel against its definition in docs/NUMERICS.md, in
// integers of 128 bits, and in double where the definition stands for a real function. The tables are made anew here.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/fixed.h"
#include "kernels/ref/ref_kernels.h"
#include "tests/property/quantized_matrix.h"

namespace thimble {
namespace {

using testing::floor_shift;
using testing::Format;
using testing::Int128;
using testing::kAnyQ4;
using testing::kAnyQ8;
using testing::Matrix;
using testing::NarrowVectors;
using testing::Random;

constexpr int32_t kMost = INT32_MAX;  // the largest mantissa of a multiplier
constexpr double kPi = 3.14159265358979323846;

Int128 limited(Int128 x, Int128 most) { return x > most ? most : x < -most ? -most : x; }

// "Scales" of docs/NUMERICS.md, without the limits that only keep a shift within 32 bits.
Int128 shifted_exactly(Int128 x, int32_t shift) {
  if (shift > 0) return floor_shift(x + (Int128{1} << (shift - 1)), shift);
  return limited(x * (Int128{1} << -shift), kWideMax);
}

int64_t scaled_exactly(int64_t x, Multiplier m) {
  return static_cast<int64_t>(shifted_exactly(floor_shift(Int128{x} * m.mantissa, 32), m.shift));
}

// Any multiplier that the engine can make: both ends of the mantissa and of the shift, and shifts that matter.
Multiplier any_multiplier(Random& random) {
  const int32_t most_shift = random.bits() % 4 == 0 ? kMostShift : 34;
  return {random.integer(1 << 30, kMost), random.integer(-most_shift, most_shift)};
}

// Limits of a vector's elements: the widest, or any narrower ones.
int32_t any_limit(Random& random, int32_t widest) {
  return random.bits() % 4 == 0 ? widest : widest >> random.integer(0, 29);
}

// --- matrix products ---

void expect_products(const Matrix& m, size_t first_row, size_t rows, const NarrowVectors& x, size_t batch) {
  constexpr int32_t kNothing = -123456789;
  const size_t stride = rows + 1;
  std::vector<int32_t> out(batch * stride, kNothing);
  m.multiply(kRefKernels, first_row, rows, x.at(0), x.stride, out.data(), stride, batch);
  for (size_t b = 0; b < batch; ++b) {
    for (size_t i = 0; i < rows; ++i) {
      const int64_t want = m.result(first_row + i, x.at(b));
      ASSERT_EQ(out[b * stride + i], want) << "row " << first_row + i << " of " << m.rows << " x " << m.cols;
      ASSERT_LT(std::abs(want), 1 << 30);
    }
    ASSERT_EQ(out[b * stride + rows], kNothing);
  }
}

TEST(RefIntegerKernels, ProductsAreExactAtEveryLength) {
  Random random(1);
  for (size_t cols = 0; cols <= 131; ++cols) {
    for (const auto& [format, limits] : {std::pair{Format::kQ8, kAnyQ8}, std::pair{Format::kQ4, kAnyQ4}}) {
      const Matrix m = Matrix::random(format, 21, cols, limits, random);
      const NarrowVectors x(8, cols, -127, 127, random);
      expect_products(m, 0, 21, x, 1);
      expect_products(m, 1 + cols % 8, 12, x, 1 + cols % 8);
    }
  }
}

TEST(RefIntegerKernels, ProductsAreExactAroundPowersOfTwo) {
  Random random(2);
  for (size_t power = 256; power <= 32768; power *= 2) {
    for (const size_t cols : {power - 1, power, power + 1}) {
      const NarrowVectors x(2, cols, -127, 127, random);
      expect_products(Matrix::random(Format::kQ8, 9, cols, kAnyQ8, random), 0, 9, x, 2);
      expect_products(Matrix::random(Format::kQ4, 9, cols, kAnyQ4, random), 0, 9, x, 2);
    }
  }
}

// The largest sums there are, both signs; one power of two less reaches less far, but shifts further.
TEST(RefIntegerKernels, NoProductOverflows) {
  Random random(3);
  for (const int activation : {127, -127}) {
    for (const size_t cols : {size_t{1}, size_t{2}, size_t{32768}, size_t{65536}}) {
      const NarrowVectors x(1, cols, activation, activation, random);
      for (const int weight : {-128, 127}) {
        const Matrix m = Matrix::random(Format::kQ8, 2, cols, {weight, weight, 0, 0, 65535, 65535}, random);
        expect_products(m, 0, 2, x, 1);
        if (cols == 65536 && weight == -128) {
          EXPECT_EQ(std::abs(static_cast<int64_t>(m.dot(0, x.at(0)))), 1'065'353'216);  // as NUMERICS.md says
        }
      }
      for (const int group : {-8, 7}) {
        const Matrix m = Matrix::random(Format::kQ4, 2, cols, {-8, -8, group, group, 65535, 65535}, random);
        expect_products(m, 0, 2, x, 1);
        if (cols == 65536 && group == -8) {
          EXPECT_EQ(std::abs(static_cast<int64_t>(m.dot(0, x.at(0)))), 532'676'608);
        }
      }
    }
  }
}

// --- vectors ---

TEST(RefIntegerKernels, NormIsExact) {
  Random random(10);
  for (const size_t n : {0u, 1u, 2u, 7u, 64u, 1000u}) {
    for (int round = 0; round < 20; ++round) {
      const int32_t limit = any_limit(random, (1 << 28) - 1);
      const auto x = random.integers<int32_t>(n, -limit, limit);
      const auto weight = random.integers<int16_t>(n, -32768, 32767);
      std::vector<int32_t> out = x;  // in place
      const uint64_t squares = kRefKernels.norm_i32(out.data(), out.data(), weight.data(), n);
      Int128 want = 0;
      for (size_t i = 0; i < n; ++i) {
        const Int128 coarse = floor_shift(x[i], 6);
        want += coarse * coarse;
        ASSERT_EQ(out[i], static_cast<int64_t>(floor_shift(Int128{x[i]} * weight[i], 13)))
            << x[i] << " * " << weight[i];
        ASSERT_LE(std::abs(out[i]), kWideMax);
      }
      ASSERT_EQ(squares, static_cast<uint64_t>(want)) << n;
    }
  }
}

TEST(RefIntegerKernels, TheLargestNormDoesNotOverflow) {
  const std::vector<int32_t> x(65536, -(1 << 28) + 1);
  const std::vector<int16_t> weight(x.size(), -32768);
  std::vector<int32_t> out(x.size());
  EXPECT_EQ(kRefKernels.norm_i32(out.data(), x.data(), weight.data(), x.size()), uint64_t{1} << 60);
  EXPECT_EQ(out[0], (1 << 30) - 4);
}

TEST(RefIntegerKernels, MaxAbsIsTheLargest) {
  Random random(11);
  for (size_t n = 0; n <= 100; ++n) {
    const int32_t limit = any_limit(random, kWideMax);
    const auto x = random.integers<int32_t>(n, -limit, limit);
    int64_t want = 0;
    for (const int32_t v : x) want = std::max<int64_t>(want, std::abs(int64_t{v}));
    EXPECT_EQ(kRefKernels.max_abs_i32(x.data(), n), want);
  }
  const int32_t ends[] = {kWideMax, -kWideMax};
  EXPECT_EQ(kRefKernels.max_abs_i32(ends, 2), uint32_t{kWideMax});
}

TEST(RefIntegerKernels, WhatASamplerAsksOfLogits) {
  const float x[] = {-3.0f, 2.5f, -0.0f, 7.0f, 7.0f, 0.0f, -1.0f};
  EXPECT_EQ(kRefKernels.find_most_f32(x, 7), 3u);
  EXPECT_EQ(kRefKernels.find_most_f32(x, 1), 0u);
  const auto above = [&](int32_t flip, int32_t bar) {
    uint8_t found[7];
    return std::vector<uint8_t>(found, found + kRefKernels.find_above_f32(found, x, 7, flip, bar));
  };
  EXPECT_EQ(above(0, std::bit_cast<int32_t>(2.5f)), (std::vector<uint8_t>{3, 4}));
  EXPECT_EQ(above(0, 0), (std::vector<uint8_t>{1, 3, 4}));
  // Above -1: all bits flipped but the sign.
  EXPECT_EQ(above(INT32_MAX, std::bit_cast<int32_t>(-1.0f) ^ INT32_MAX), (std::vector<uint8_t>{1, 2, 3, 4, 5}));
}

// The bound: half a step, and 2^-20 of one for the reciprocal (127 * 2^-28), its cut (127 * 2^-30) and the high product
// (2^-22).
void expect_quantized(const std::vector<int32_t>& x) {
  const size_t padded = (x.size() + 31) / 32 * 32;
  std::vector<int8_t> out(padded + 1, 99);
  const uint32_t largest = kRefKernels.quantize_i8(out.data(), x.data(), x.size(), padded);
  ASSERT_EQ(largest, kRefKernels.max_abs_i32(x.data(), x.size()));
  for (size_t i = 0; i < x.size(); ++i) {
    const Int128 error = Int128{out[i]} * largest - Int128{x[i]} * 127;  // in units of 1 / largest
    const Int128 size = error < 0 ? -error : error;
    ASSERT_LE(size * (1 << 21), Int128{largest} * ((1 << 20) + 2)) << x[i] << " of " << largest << ": " << int{out[i]};
    ASSERT_LE(std::abs(out[i]), 127);
    if (largest != 0 && magnitude(x[i]) == largest) {
      ASSERT_EQ(out[i], x[i] < 0 ? -127 : 127) << largest;
    }
  }
  for (size_t i = x.size(); i < padded; ++i) ASSERT_EQ(out[i], 0);
  ASSERT_EQ(out[padded], 99);
}

TEST(RefIntegerKernels, NarrowVectorsAreTheNearest) {
  Random random(12);
  for (size_t n = 0; n <= 100; ++n) {
    for (int round = 0; round < 30; ++round) {
      const int32_t limit = any_limit(random, kWideMax);
      expect_quantized(random.integers<int32_t>(n, -limit, limit));
    }
  }
}

// Every value that 127 steps can have, for small largest elements; and all places around ties, for large ones.
TEST(RefIntegerKernels, NarrowVectorsAreTheNearestAroundTies) {
  for (int32_t largest = 0; largest <= 300; ++largest) {
    std::vector<int32_t> x;
    for (int32_t v = -largest; v <= largest; ++v) x.push_back(v);
    expect_quantized(x);
  }
  Random random(13);
  for (int round = 0; round < 200; ++round) {
    const int32_t largest = round == 0 ? kWideMax : random.integer(1 << 20, kWideMax);
    std::vector<int32_t> x = {largest};
    for (int64_t half = 1; half < 254; half += 2) {
      const auto tie = static_cast<int32_t>(half * largest / 254);
      x.insert(x.end(), {tie - 1, tie, tie + 1, -tie - 1, -tie, -tie + 1});
    }
    expect_quantized(x);
  }
}

TEST(RefIntegerKernels, RescaleFollowsItsDefinition) {
  Random random(14);
  for (size_t n = 0; n <= 67; ++n) {
    for (int round = 0; round < 30; ++round) {
      const int32_t limit = any_limit(random, kWideMax);
      const auto x = random.integers<int32_t>(n, -limit, limit);
      const Multiplier m = any_multiplier(random);
      std::vector<int8_t> out(n + 6, 99);
      kRefKernels.rescale_i8(out.data(), x.data(), n, n + 5, m);
      for (size_t i = 0; i < n; ++i) ASSERT_EQ(out[i], static_cast<int>(limited(scaled_exactly(x[i], m), 127))) << x[i];
      for (size_t i = n; i < n + 5; ++i) ASSERT_EQ(out[i], 0);
      ASSERT_EQ(out[n + 5], 99);
    }
  }
}

TEST(RefIntegerKernels, AddFollowsItsDefinition) {
  Random random(15);
  for (size_t n = 0; n <= 67; ++n) {
    for (int round = 0; round < 50; ++round) {
      const int32_t lift = random.integer(0, 30);
      const int32_t most = kMost >> lift;
      const int32_t x_shift = random.integer(-4, 64);
      const Multiplier m = {random.integer(1 << 30, kMost), random.integer(4, 64)};
      const int32_t x_limit = x_shift < 0 ? (1 << 26) >> -x_shift : (1 << 28) - 1;
      const auto x = random.integers<int32_t>(n, -x_limit, x_limit);
      const auto y = random.integers<int32_t>(n, -most, most);
      std::vector<int32_t> sum = x;
      kRefKernels.add_i32(sum.data(), x_shift, y.data(), lift, m, n);
      for (size_t i = 0; i < n; ++i) {
        const Int128 want = shifted_exactly(x[i], x_shift) + scaled_exactly(int64_t{y[i]} << lift, m);
        ASSERT_EQ(sum[i], static_cast<int64_t>(want)) << x[i] << " + " << y[i];
      }
    }
  }
}

// By the definition, and beside a rotation in double: two floors lose less than two units of the result.
TEST(RefIntegerKernels, RopeRotates) {
  Random random(16);
  for (int round = 0; round < 20000; ++round) {
    const double angle = 2 * kPi * static_cast<double>(random.bits() >> 11) * 0x1p-53;
    const int32_t cos_sin[] = {static_cast<int32_t>(std::cos(angle) * 0x1p30),
                               static_cast<int32_t>(std::sin(angle) * 0x1p30)};
    const int32_t limit = any_limit(random, kWideMax);
    const auto x = random.integers<int32_t>(4, -limit, limit);  // two heads of one pair
    std::vector<int32_t> out = x;
    kRefKernels.rope_i32(out.data(), cos_sin, 2, 2);
    for (size_t i = 0; i < 4; i += 2) {
      const auto part = [&](size_t j, int k) { return floor_shift(Int128{2} * x[i + j] * cos_sin[k], 32); };
      ASSERT_EQ(out[i], static_cast<int64_t>(part(0, 0) - part(1, 1)));
      ASSERT_EQ(out[i + 1], static_cast<int64_t>(part(0, 1) + part(1, 0)));
      const double c = cos_sin[0] * 0x1p-30, s = cos_sin[1] * 0x1p-30;
      ASSERT_LT(std::fabs(out[i] - (x[i] * c - x[i + 1] * s) / 2), 2);
      ASSERT_LT(std::fabs(out[i + 1] - (x[i] * s + x[i + 1] * c) / 2), 2);
      ASSERT_LE(std::abs(out[i]), kWideMax);
      ASSERT_LE(std::abs(out[i + 1]), kWideMax);
    }
  }
}

// Each pair of a head has its own angle, and all heads have the same ones.
TEST(RefIntegerKernels, RopeTurnsEachPairByItsAngle) {
  constexpr int32_t kOne = 1 << 30;
  const int32_t cos_sin[] = {kOne, 0, 0, kOne, -kOne, 0};
  std::vector<int32_t> x = {20, 40, 60, 80, 100, 120, 2, 4, 6, 8, 10, 12};
  kRefKernels.rope_i32(x.data(), cos_sin, 2, 6);
  EXPECT_EQ(x, (std::vector<int32_t>{10, 20, -40, 30, -50, -60, 1, 2, -4, 3, -5, -6}));
}

// --- the gate ---

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// sigmoid(|g|) of the definition, in units of 2^-15.
int64_t table_sigmoid(int64_t g) {
  const int64_t i = g >> 12;
  if (i >= 256) return 1 << 15;
  const auto entry = [](int64_t step) { return std::llround(0x1p15 * sigmoid(static_cast<double>(step) / 16)); };
  return entry(i) + ((entry(i + 1) - entry(i)) * (g & 4095) >> 12);
}

// g of `gate` is itself in units of 2^-16.
constexpr Multiplier kSame = {1 << 30, -2};

TEST(RefIntegerKernels, SiluMulFollowsItsDefinition) {
  Random random(17);
  for (int round = 0; round < 3000; ++round) {
    const int32_t gate_limit = any_limit(random, kWideMax), up_limit = any_limit(random, kWideMax);
    const auto gate = random.integers<int32_t>(16, -gate_limit, gate_limit);
    const auto up = random.integers<int32_t>(16, -up_limit, up_limit);
    const Multiplier m = round % 2 == 0 ? Multiplier{1 << 30, random.integer(-2, 10)} : any_multiplier(random);
    std::vector<int32_t> out = gate;
    kRefKernels.silu_mul_i32(out.data(), up.data(), m, out.size());
    for (size_t i = 0; i < out.size(); ++i) {
      const int64_t g = scaled_exactly(gate[i], m);
      const int64_t positive = table_sigmoid(std::abs(g));
      const Int128 silu = floor_shift(Int128{g} * (g < 0 ? (1 << 15) - positive : positive), 15);
      const Int128 want = limited(floor_shift(silu * up[i], 20), kWideMax);
      ASSERT_EQ(out[i], static_cast<int64_t>(want)) << "gate " << g << ", up " << up[i];
    }
  }
}

// With up = 2^20 the result is silu(g) in units of 2^-16. The bound of NUMERICS.md: 6.3e-5 of |g| from the table, 3e-5
// from its units, and here one unit for the floor.
TEST(RefIntegerKernels, SiluIsNearTheRealFunction) {
  constexpr int32_t kStep = 28;  // |g| up to 18, at multiples of 4 units, which kSame leaves as they are
  std::vector<int32_t> gate;
  for (int32_t g = -18 * 65536; g <= 18 * 65536; g += kStep) gate.push_back(g);
  const std::vector<int32_t> up(gate.size(), 1 << 20);
  std::vector<int32_t> out = gate;
  kRefKernels.silu_mul_i32(out.data(), up.data(), kSame, out.size());
  for (size_t i = 0; i < out.size(); ++i) {
    const double g = gate[i] * 0x1p-16;
    const double error = std::fabs(out[i] * 0x1p-16 - g * sigmoid(g));
    ASSERT_LE(error, std::fabs(g) * (6.3e-5 + 3e-5) + 0x1p-16) << g;
  }
}

TEST(RefIntegerKernels, SiluHasItsEnds) {
  constexpr int32_t kUnit = 1 << 16;
  std::vector<int32_t> gate = {0, 16 * kUnit, -16 * kUnit, 1000 * kUnit, -1000 * kUnit, kWideMax - 3, -kWideMax + 3};
  const std::vector<int32_t> up(gate.size(), 1 << 20);
  kRefKernels.silu_mul_i32(gate.data(), up.data(), kSame, gate.size());
  EXPECT_EQ(gate, (std::vector<int32_t>{0, 16 * kUnit, 0, 1000 * kUnit, 0, kWideMax - 3, 0}));
}

TEST(RefIntegerKernels, LogitsAreRoundedOnce) {
  Random random(18);
  for (int round = 0; round < 5000; ++round) {
    const int32_t limit = any_limit(random, kWideMax);
    const auto x = random.integers<int32_t>(16, -limit, limit);
    const Multiplier m = any_multiplier(random);
    std::vector<float> out(17, -7.25f);
    kRefKernels.logits_i32(out.data(), x.data(), m, 16);
    for (size_t i = 0; i < 16; ++i) {
      const auto want = static_cast<float>(static_cast<double>(scaled_exactly(x[i], m)) * 0x1p-16);  // to nearest even
      ASSERT_EQ(std::bit_cast<uint32_t>(out[i]), std::bit_cast<uint32_t>(want)) << x[i];
    }
    ASSERT_EQ(out[16], -7.25f);
  }
}

// --- attention ---

TEST(RefIntegerKernels, ScoresFollowTheirDefinition) {
  Random random(20);
  for (size_t head_dim = 1; head_dim <= 67; ++head_dim) {
    const size_t stride = (head_dim + 7) / 8 * 8;
    constexpr size_t kLength = 40;
    std::vector<int8_t> keys(kLength * stride), q(stride);
    for (size_t d = 0; d < head_dim; ++d) {
      q[d] = static_cast<int8_t>(random.integer(-127, 127));
      for (size_t t = 0; t < kLength; ++t) keys[t * stride + d] = static_cast<int8_t>(random.integer(-127, 127));
    }
    const auto codes = random.integers<uint8_t>(kLength, 0, 255);
    const Multiplier m = any_multiplier(random);
    std::vector<int32_t> y(kLength + 1, 77);
    kRefKernels.scores_i8(y.data(), keys.data(), stride, codes.data(), q.data(), head_dim, kLength, m);
    for (size_t t = 0; t < kLength; ++t) {
      int64_t dot = 0;
      for (size_t d = 0; d < head_dim; ++d) dot += keys[t * stride + d] * q[d];
      const int64_t want = scaled_exactly(dot * (8 + codes[t] % 8), {m.mantissa, m.shift - codes[t] / 8});
      ASSERT_EQ(y[t], want) << head_dim << ", code " << int{codes[t]};
    }
    ASSERT_EQ(y[kLength], 77);
  }
}

TEST(RefIntegerKernels, TheLargestScoreDoesNotOverflow) {
  constexpr size_t kHeadDim = 8192;
  const std::vector<int8_t> q(kHeadDim, 127);
  const uint8_t code = 15;  // mantissa 15, octave 1
  for (const int8_t key : {int8_t{127}, int8_t{-127}}) {
    const std::vector<int8_t> keys(kHeadDim, key);
    int32_t y = 0;
    kRefKernels.scores_i8(&y, keys.data(), kHeadDim, &code, q.data(), kHeadDim, 1, {1 << 30, 1});
    const int64_t v = int64_t{8192} * 127 * key * 15;
    EXPECT_EQ(y, static_cast<int64_t>(floor_shift(v, 2)));
  }
}

// 2^15 * 2^(-d / 256) of the definition.
uint64_t table_exp2(uint64_t d) {
  const uint64_t octaves = d / 256;
  if (octaves >= 16) return 0;
  return static_cast<uint64_t>(std::llround(0x1p15 * std::exp2(-static_cast<double>(d % 256) / 256))) >> octaves;
}

struct Weighed {
  AttentionWeights sums;
  std::vector<uint16_t> a;
};

Weighed weigh(const std::vector<int32_t>& y, const std::vector<uint8_t>& codes) {
  Weighed w{{}, std::vector<uint16_t>(y.size())};
  w.sums = kRefKernels.weigh_i8(w.a.data(), y.data(), codes.data(), y.size());
  return w;
}

void expect_weighed(const std::vector<int32_t>& y, const std::vector<uint8_t>& codes) {
  const Weighed got = weigh(y, codes);
  const int64_t most = *std::max_element(y.begin(), y.end());
  const uint32_t octave = *std::max_element(codes.begin(), codes.end()) / 8u;
  uint64_t sum = 0;
  for (size_t t = 0; t < y.size(); ++t) {
    const uint64_t p = table_exp2(static_cast<uint64_t>(most - y[t]));
    sum += p;
    const uint32_t shift = 5 + std::min(octave - codes[t] / 8u, 15u);
    ASSERT_EQ(got.a[t], (p * (8u + codes[t] % 8) + (uint64_t{1} << (shift - 1))) >> shift) << most - y[t];
    ASSERT_LE(got.a[t], 15360);
  }
  ASSERT_EQ(got.sums.sum, sum);
  ASSERT_GE(sum, 1u << 15);
  ASSERT_EQ(got.sums.octave, octave);
}

TEST(RefIntegerKernels, WeightsFollowTheirDefinition) {
  Random random(21);
  for (size_t length = 1; length <= 100; ++length) {
    for (const int32_t spread : {0, 1, 255, 300, 16 * 256, 17 * 256, kWideMax}) {
      for (const int32_t least_code : {0, 120, 240, 255}) {
        expect_weighed(random.integers<int32_t>(length, -spread, spread),
                       random.integers<uint8_t>(length, least_code, 255));
      }
    }
  }
}

// The weight of every distance beside 2^-(d/256) times the code's scale: half a unit from the table and one from the
// cut of the exponential, at most 15/32 of which reach the weight, and half a unit from its own rounding.
TEST(RefIntegerKernels, WeightsAreNearTheRealFunctionAndNeverRise) {
  for (const int code : {0, 7, 128, 255}) {
    uint16_t last = UINT16_MAX;
    for (int32_t distance = 0; distance <= 17 * 256; ++distance) {
      const Weighed w = weigh({distance, 0}, std::vector<uint8_t>(2, static_cast<uint8_t>(code)));
      const double mantissa = 8 + code % 8;
      const double exact = 0x1p15 * std::exp2(-distance / 256.0) * mantissa / 32;
      ASSERT_LE(std::fabs(w.a[1] - exact), 1.5 * mantissa / 32 + 0.5) << distance;
      ASSERT_LE(w.a[1], last) << distance;
      ASSERT_EQ(w.a[0], std::llround(0x1p10 * mantissa));
      last = w.a[1];
    }
    ASSERT_EQ(last, 0);
  }
}

TEST(RefIntegerKernels, TheLongestContextDoesNotOverflow) {
  constexpr size_t kLength = 65536;
  const std::vector<int32_t> y(kLength, -kWideMax);
  const Weighed w = weigh(y, std::vector<uint8_t>(kLength, 255));
  EXPECT_EQ(w.sums.sum, 1u << 31);
  EXPECT_EQ(w.a, std::vector<uint16_t>(kLength, 15360));
  // A score far below all others weighs nothing, whatever its code.
  EXPECT_EQ(weigh({kWideMax, -kWideMax}, {0, 255}).a[1], 0);
}

TEST(RefIntegerKernels, TheMixIsExact) {
  Random random(22);
  for (const size_t length : {0u, 1u, 2u, 15u, 16u, 17u, 100u, 1099u, 1101u, 4000u}) {
    const size_t stride = (length + 15) / 16 * 16;
    constexpr size_t kHeadDim = 5;
    for (const int lowest : {-127, 127}) {
      const auto values = random.integers<int8_t>(kHeadDim * stride, lowest, 127);
      const auto a = random.integers<uint16_t>(length, lowest == 127 ? 15360 : 0, 15360);
      for (const int32_t shift : {3, 5, 16}) {
        std::vector<int32_t> out(kHeadDim + 1, 77);
        kRefKernels.mix_i8(out.data(), values.data(), stride, a.data(), kHeadDim, length, shift);
        for (size_t d = 0; d < kHeadDim; ++d) {
          Int128 sum = 0;
          for (size_t t = 0; t < length; ++t) sum += Int128{a[t]} * values[d * stride + t];
          ASSERT_EQ(out[d], static_cast<int64_t>(floor_shift(sum, shift))) << length;
        }
        ASSERT_EQ(out[kHeadDim], 77);
      }
    }
  }
}

TEST(RefIntegerKernels, TheLargestMixDoesNotOverflow) {
  constexpr size_t kLength = 65536;
  const std::vector<uint16_t> a(kLength, 15360);
  for (const int8_t value : {int8_t{127}, int8_t{-127}}) {
    const std::vector<int8_t> values(kLength, value);
    int32_t out = 0;
    kRefKernels.mix_i8(&out, values.data(), kLength, a.data(), 1, kLength, 16);  // 2^16: what a sum of 2^31 asks for
    EXPECT_EQ(out, 15360 * value);
  }
}

}  // namespace
}  // namespace thimble
