// The integer kernels of every set against the oracle, bit for bit, at every length and misalignment that the contract
// permits and with values at its limits. What the oracle is worth: integer_oracle_property_test.cpp.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "base/fixed.h"
#include "tests/property/kernel_sets.h"
#include "tests/property/quantized_matrix.h"

namespace thimble {
namespace {

using testing::Format;
using testing::kAnyQ4;
using testing::kAnyQ8;
using testing::Matrix;
using testing::NarrowVectors;
using testing::Random;
using testing::WeightLimits;

constexpr size_t kWidest = 32;  // elements that a kernel treats together
constexpr size_t kMostLength = 2 * kWidest + 3;
constexpr size_t kMostRows = 2 * 8 + 3;   // panels have 8 rows
constexpr int32_t kNothing = -123456789;  // what lies between results must stay

class IntegerKernels : public ::testing::TestWithParam<const Kernels*> {
 protected:
  const Kernels& kernels() const { return *GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(All, IntegerKernels, ::testing::ValuesIn(testing::kernel_sets()), testing::kernel_set_name);

// --- matrix products ---

struct Part {
  size_t first_row, rows, batch;
};

void expect_product_agrees(const Kernels& kernels, const Matrix& m, const Part& part, const NarrowVectors& x) {
  const size_t gap = (part.rows + part.batch) % 3;
  const size_t offset = (part.first_row + m.cols) % 4;
  const auto run = [&](const Kernels& k) {
    std::vector<int32_t> out(offset + part.batch * (part.rows + gap) + 1, kNothing);
    m.multiply(k, part.first_row, part.rows, x.at(0), x.stride, out.data() + offset, part.rows + gap, part.batch);
    return out;
  };
  EXPECT_EQ(run(kernels), run(kRefKernels)) << part.rows << " rows from " << part.first_row << " x " << m.cols
                                            << ", batch " << part.batch << (m.format == Format::kQ8 ? ", q8" : ", q4");
}

void expect_parts_agree(const Kernels& kernels, const Matrix& m, Random& random) {
  const NarrowVectors x(kMostBatch, m.cols, -127, 127, random);
  for (size_t first_row = 0; first_row < 8; ++first_row) {
    for (size_t rows = 0; rows <= kMostRows; ++rows) {
      // Every batch meets every row count and first row, at one length or another.
      expect_product_agrees(kernels, m, {first_row, rows, 1}, x);
      expect_product_agrees(kernels, m, {first_row, rows, 2 + (first_row + rows + m.cols) % (kMostBatch - 1)}, x);
    }
  }
}

TEST_P(IntegerKernels, ProductsEqualRefAtEveryLength) {
  Random random(1);
  for (size_t cols = 0; cols <= kMostLength; ++cols) {
    expect_parts_agree(kernels(), Matrix::random(Format::kQ8, kMostRows + 7, cols, kAnyQ8, random), random);
    expect_parts_agree(kernels(), Matrix::random(Format::kQ4, kMostRows + 7, cols, kAnyQ4, random), random);
  }
}

TEST_P(IntegerKernels, ProductsEqualRefAtEveryBatch) {
  Random random(2);
  for (const size_t cols : {size_t{5}, size_t{64}, size_t{172}}) {
    for (const auto& [format, limits] : {std::pair{Format::kQ8, kAnyQ8}, std::pair{Format::kQ4, kAnyQ4}}) {
      const Matrix m = Matrix::random(format, 23, cols, limits, random);
      const NarrowVectors x(kMostBatch, cols, -127, 127, random);
      for (size_t batch = 1; batch <= kMostBatch; ++batch) expect_product_agrees(kernels(), m, {3, 20, batch}, x);
    }
  }
}

// Kernels may take long rows in chunks of a power of two columns.
TEST_P(IntegerKernels, ProductsEqualRefAroundPowersOfTwo) {
  Random random(3);
  for (size_t power = 128; power <= 4096; power *= 2) {
    for (const size_t cols : {power - 1, power, power + 1, power + 31, power + 33, power + power / 2 + 7}) {
      for (const auto& [format, limits] : {std::pair{Format::kQ8, kAnyQ8}, std::pair{Format::kQ4, kAnyQ4}}) {
        const Matrix m = Matrix::random(format, 15, cols, limits, random);
        const NarrowVectors x(3, cols, -127, 127, random);
        expect_product_agrees(kernels(), m, {2, 13, 1}, x);
        expect_product_agrees(kernels(), m, {1, 9, 3}, x);
      }
    }
  }
}

// Kernels may take panels side by side that are far apart.
TEST_P(IntegerKernels, ProductsEqualRefOfManyLongRows) {
  constexpr size_t kMost = 11 * 8 + 5;
  Random random(5);
  for (const size_t cols : std::initializer_list<size_t>{255, 256, 257, 288, 321, 768}) {
    for (const auto& [format, limits] : {std::pair{Format::kQ8, kAnyQ8}, std::pair{Format::kQ4, kAnyQ4}}) {
      const Matrix m = Matrix::random(format, kMost, cols, limits, random);
      const NarrowVectors x(2, cols, -127, 127, random);
      for (const size_t first_row : std::initializer_list<size_t>{0, 3, 8, 9}) {
        for (const size_t rows : std::initializer_list<size_t>{23, 31, 32, 33, 40, 63, 64, 71, 84}) {
          expect_product_agrees(kernels(), m, {first_row, rows, 1}, x);
          expect_product_agrees(kernels(), m, {first_row, rows, 2}, x);
        }
      }
    }
  }
}

TEST_P(IntegerKernels, ProductsEqualRefAtTheLongestRow) {
  Random random(4);
  for (const int x_value : {127, -127}) {
    for (const int weight : {-128, 127}) {
      const Matrix m = Matrix::random(Format::kQ8, 9, 65536, {weight, weight, 0, 0, 65534, 65535}, random);
      expect_product_agrees(kernels(), m, {3, 6, 2}, NarrowVectors(2, m.cols, x_value, x_value, random));
    }
    for (const int group : {-8, 7}) {
      const Matrix m = Matrix::random(Format::kQ4, 9, 65536, {-8, -8, group, group, 65534, 65535}, random);
      expect_product_agrees(kernels(), m, {3, 6, 2}, NarrowVectors(2, m.cols, x_value, x_value, random));
    }
  }
}

// --- vectors ---

// Any multiplier that the engine can make: both ends of the mantissa and of the shift, and shifts that matter.
Multiplier any_multiplier(Random& random) {
  const int32_t most_shift = random.bits() % 4 == 0 ? kMostShift : 34;
  return {random.integer(1 << 30, (int64_t{1} << 31) - 1), random.integer(-most_shift, most_shift)};
}

// Calls check(n, offset, round) for every length and every misalignment of int32, several times.
template <class Check>
void for_lengths(Check check) {
  for (size_t n = 0; n <= kMostLength; ++n) {
    for (size_t offset = 0; offset < 4; ++offset) {
      for (size_t round = 0; round < 4; ++round) check(n, offset, round);
    }
  }
}

TEST_P(IntegerKernels, NormEqualsRef) {
  Random random(10);
  for_lengths([&](size_t n, size_t offset, size_t round) {
    const auto x = random.integers<int32_t>(n + offset + 1, -(1 << 28) + 1, (1 << 28) - 1);
    const auto weight = random.integers<int16_t>(n + offset + 1, -32768, 32767);
    const auto run = [&](const Kernels& k) {
      std::vector<int32_t> out = x;
      const int32_t* from = round % 2 == 0 ? x.data() : out.data();  // the output may be the input
      const uint64_t squares = k.norm_i32(out.data() + offset, from + offset, weight.data() + offset, n);
      return std::pair(squares, out);
    };
    EXPECT_EQ(run(kernels()), run(kRefKernels)) << n << ", offset " << offset;
  });
}

TEST_P(IntegerKernels, QuantizeAndMaxAbsEqualRef) {
  Random random(11);
  for_lengths([&](size_t n, size_t offset, size_t round) {
    const int32_t limit = round == 0 ? kWideMax : kWideMax >> random.integer(0, 30);
    const auto x = random.integers<int32_t>(n + offset + 1, -limit, limit);
    const size_t padded = (n + 31) / 32 * 32;
    const auto run = [&](const Kernels& k) {
      std::vector<int8_t> out(16 * offset + padded + 1, 99);
      const uint32_t largest = k.quantize_i8(out.data() + 16 * offset, x.data() + offset, n, padded);
      return std::tuple(largest, k.max_abs_i32(x.data() + offset, n), out);
    };
    EXPECT_EQ(run(kernels()), run(kRefKernels)) << n << ", offset " << offset;
  });
}

TEST_P(IntegerKernels, RescaleEqualsRef) {
  Random random(12);
  for_lengths([&](size_t n, size_t offset, size_t round) {
    const auto x = random.integers<int32_t>(n + offset + 1, -kWideMax, kWideMax);
    const Multiplier m = any_multiplier(random);
    const size_t start = offset + 4 * round;  // "out may start anywhere"
    const size_t padded = n + 5 * round;
    const auto run = [&](const Kernels& k) {
      std::vector<int8_t> out(start + padded + 1, 99);
      k.rescale_i8(out.data() + start, x.data() + offset, n, padded, m);
      return out;
    };
    EXPECT_EQ(run(kernels()), run(kRefKernels)) << n << ", shift " << m.shift;
  });
}

TEST_P(IntegerKernels, AddEqualsRef) {
  Random random(13);
  for_lengths([&](size_t n, size_t offset, size_t) {
    const int32_t lift = random.integer(0, 30);
    const int32_t most = static_cast<int32_t>(((int64_t{1} << 31) - 1) >> lift);
    const int32_t x_shift = random.integer(-4, 64);
    const Multiplier m = {random.integer(1 << 30, (int64_t{1} << 31) - 1), random.integer(4, 64)};
    const int32_t x_limit = x_shift < 0 ? (1 << 26) >> -x_shift : (1 << 28) - 1;
    const auto x = random.integers<int32_t>(n + offset + 1, -x_limit, x_limit);
    const auto y = random.integers<int32_t>(n + offset + 1, -most, most);
    const auto run = [&](const Kernels& k) {
      std::vector<int32_t> sum = x;
      k.add_i32(sum.data() + offset, x_shift, y.data() + offset, lift, m, n);
      return sum;
    };
    EXPECT_EQ(run(kernels()), run(kRefKernels)) << n << ", lift " << lift << ", shifts " << x_shift << ' ' << m.shift;
  });
}

TEST_P(IntegerKernels, RopeEqualsRef) {
  Random random(14);
  for (size_t head_dim = 0; head_dim <= kMostLength; head_dim += 2) {
    for (size_t heads = 0; heads <= 3; ++heads) {
      for (size_t offset = 0; offset < 4; ++offset) {
        const auto x = random.integers<int32_t>(heads * head_dim + offset + 1, -kWideMax, kWideMax);
        const auto cos_sin = random.integers<int32_t>(head_dim + offset + 1, -(1 << 30), 1 << 30);
        const auto run = [&](const Kernels& k) {
          std::vector<int32_t> rotated = x;
          k.rope_i32(rotated.data() + offset, cos_sin.data() + offset, heads, head_dim);
          return rotated;
        };
        EXPECT_EQ(run(kernels()), run(kRefKernels)) << heads << " x " << head_dim;
      }
    }
  }
}

TEST_P(IntegerKernels, SiluMulEqualsRef) {
  Random random(15);
  for_lengths([&](size_t n, size_t offset, size_t round) {
    const int32_t limit = kWideMax >> (8 * (round % 2));
    const auto gate = random.integers<int32_t>(n + offset + 1, -limit, limit);
    const auto up = random.integers<int32_t>(n + offset + 1, -limit, limit);
    // Gates of up to some 16 in size, where the table is; or anything.
    const Multiplier m = round < 2 ? Multiplier{1 << 30, random.integer(0, 10)} : any_multiplier(random);
    const auto run = [&](const Kernels& k) {
      std::vector<int32_t> out = gate;
      k.silu_mul_i32(out.data() + offset, up.data() + offset, m, n);
      return out;
    };
    EXPECT_EQ(run(kernels()), run(kRefKernels)) << n << ", shift " << m.shift;
  });
}

// Every step of the sigmoid's table, its ends and the place where it becomes constant, with both signs.
TEST_P(IntegerKernels, SiluMulEqualsRefOverTheTable) {
  std::vector<int32_t> gate;
  for (int32_t step = 0; step <= 258; ++step) {
    for (const int32_t rest : {-2, -1, 0, 1, 2047, 2048, 2049}) {
      gate.push_back(step * 4096 + rest);
      gate.push_back(-(step * 4096 + rest));
    }
  }
  const std::vector<int32_t> up(gate.size(), kWideMax);
  const Multiplier same = {1 << 30, -2};  // g = 4 * floor(gate / 4)
  const auto run = [&](const Kernels& k) {
    std::vector<int32_t> out = gate;
    k.silu_mul_i32(out.data(), up.data(), same, out.size());
    return out;
  };
  EXPECT_EQ(run(kernels()), run(kRefKernels));
}

TEST_P(IntegerKernels, LogitsEqualRef) {
  Random random(16);
  for_lengths([&](size_t n, size_t offset, size_t) {
    const auto x = random.integers<int32_t>(n + offset + 1, -kWideMax, kWideMax);
    const Multiplier m = any_multiplier(random);
    const auto run = [&](const Kernels& k) {
      std::vector<float> out(n + offset + 1, -7.25f);
      k.logits_i32(out.data() + offset, x.data() + offset, m, n);
      return out;
    };
    EXPECT_EQ(run(kernels()), run(kRefKernels)) << n << ", shift " << m.shift;
  });
}

// --- what a sampler asks of logits ---

// Of any bits, of which some are a bar, or the most.
std::vector<float> some_logits(size_t n, Random& random) {
  std::vector<float> x(n);
  const int32_t kind = random.integer(0, 2);
  for (float& v : x) {
    const int32_t bits = random.integer(INT32_MIN, INT32_MAX);
    v = std::bit_cast<float>(kind == 0 ? bits : kind == 1 ? bits % 4 : bits | INT32_MIN);
  }
  return x;
}

TEST_P(IntegerKernels, FindsEqualRef) {
  Random random(17);
  constexpr size_t kMore[] = {128, 255, 256};
  for (size_t round = 0; round < 4 * (kMostLength + std::size(kMore)); ++round) {
    const size_t i = round / 4;
    const size_t n = i < kMostLength ? i : kMore[i - kMostLength];
    for (size_t offset = 0; offset < 4; ++offset) {
      const std::vector<float> x = some_logits(offset + n, random);
      if (n > 0) {
        EXPECT_EQ(kernels().find_most_f32(x.data() + offset, n), kRefKernels.find_most_f32(x.data() + offset, n))
            << n << ", offset " << offset;
      }
      const int32_t flip = random.integer(0, 1) * INT32_MAX;
      const int32_t bar = n > 0 ? std::bit_cast<int32_t>(x[offset + n / 2]) ^ flip : 0;
      const auto run = [&](const Kernels& k) {
        std::vector<uint8_t> found(n + 1, 99);
        found.resize(k.find_above_f32(found.data(), x.data() + offset, n, flip, bar));
        return found;
      };
      EXPECT_EQ(run(kernels()), run(kRefKernels)) << n << ", offset " << offset << ", bar " << bar;
    }
  }
}

// --- attention ---

TEST_P(IntegerKernels, ScoresEqualRef) {
  Random random(20);
  for (size_t head_dim = 1; head_dim <= kMostLength; ++head_dim) {
    const size_t key_stride = (head_dim + 7) / 8 * 8;
    for (size_t length = 0; length <= 19; ++length) {
      std::vector<int8_t> keys(length * key_stride + 1), q(key_stride);
      const int lowest = length % 3 == 0 ? -127 : random.integer(-127, 127);
      for (size_t d = 0; d < head_dim; ++d) {
        q[d] = static_cast<int8_t>(random.integer(lowest, 127));
        for (size_t t = 0; t < length; ++t) keys[t * key_stride + d] = static_cast<int8_t>(random.integer(lowest, 127));
      }
      const auto codes = random.integers<uint8_t>(length + 1, 0, 255);
      const Multiplier m = any_multiplier(random);
      const auto run = [&](const Kernels& k) {
        std::vector<int32_t> y(length + 1, kNothing);
        k.scores_i8(y.data(), keys.data(), key_stride, codes.data(), q.data(), head_dim, length, m);
        return y;
      };
      EXPECT_EQ(run(kernels()), run(kRefKernels)) << head_dim << " x " << length << ", shift " << m.shift;
    }
  }
}

TEST_P(IntegerKernels, ScoresEqualRefAtTheLargestHead) {
  constexpr size_t kHeadDim = 8192;
  for (const int8_t value : {int8_t{127}, int8_t{-127}}) {
    const std::vector<int8_t> keys(3 * kHeadDim, value), q(kHeadDim, 127);
    const std::vector<uint8_t> codes = {0, 255, 7};
    const auto run = [&](const Kernels& k) {
      std::vector<int32_t> y(3);
      k.scores_i8(y.data(), keys.data(), kHeadDim, codes.data(), q.data(), kHeadDim, 3, {INT32_MAX, 8});
      return y;
    };
    EXPECT_EQ(run(kernels()), run(kRefKernels)) << int{value};
  }
}

void expect_weights_agree(const Kernels& kernels, const std::vector<int32_t>& y, const std::vector<uint8_t>& codes) {
  const auto run = [&](const Kernels& k) {
    std::vector<uint16_t> a(y.size() + 1, 54321);
    const AttentionWeights weights = k.weigh_i8(a.data(), y.data(), codes.data(), y.size());
    return std::tuple(weights.sum, weights.octave, a);
  };
  EXPECT_EQ(run(kernels), run(kRefKernels)) << y.size();
}

TEST_P(IntegerKernels, WeighEqualsRef) {
  Random random(21);
  for (size_t length = 1; length <= kMostLength; ++length) {
    for (const int32_t spread : {0, 300, 16 * 256, 17 * 256, kWideMax}) {
      for (const int32_t least_code : {0, 120, 255}) {
        expect_weights_agree(kernels(), random.integers<int32_t>(length, -spread, spread),
                             random.integers<uint8_t>(length, least_code, 255));
      }
    }
  }
}

// Every distance that the table and its shifts know and some beyond, from the highest score there is, with every code.
TEST_P(IntegerKernels, WeighEqualsRefAtEveryDistance) {
  for (const int32_t most : {kWideMax, 0, -kWideMax + 18 * 256}) {
    std::vector<int32_t> y;
    std::vector<uint8_t> codes;
    for (int32_t distance = 0; distance <= 18 * 256; ++distance) {
      y.push_back(most - distance);
      codes.push_back(static_cast<uint8_t>(distance * 7));
    }
    y.push_back(-kWideMax);
    codes.push_back(255);
    expect_weights_agree(kernels(), y, codes);
  }
}

TEST_P(IntegerKernels, MixEqualsRef) {
  Random random(22);
  const auto check = [&](size_t head_dim, size_t length, int lowest, int lowest_weight) {
    const size_t stride = (length + 15) / 16 * 16;
    const auto values = random.integers<int8_t>(head_dim * stride + 1, lowest, 127);
    const auto a = random.integers<uint16_t>(length + 1, lowest_weight, 15360);
    for (const int32_t shift : {0, 5, 16}) {
      if (shift == 0 && length > 1024) continue;  // the result must fit
      const auto run = [&](const Kernels& k) {
        std::vector<int32_t> out(head_dim + 1, kNothing);
        k.mix_i8(out.data(), values.data(), stride, a.data(), head_dim, length, shift);
        return out;
      };
      EXPECT_EQ(run(kernels()), run(kRefKernels)) << head_dim << " x " << length << " >> " << shift;
    }
  };
  for (size_t length = 0; length <= kMostLength; ++length) {
    for (const size_t head_dim : {0u, 1u, 2u, 3u, 5u, 8u}) check(head_dim, length, -127, 0);
  }
  for (const size_t block : {1024u, 2048u, 3072u, 65536u}) {
    for (size_t length = block - 2; length <= block + 2; ++length) {
      if (length > 65536) continue;
      check(3, length, -127, 0);
      check(2, length, 127, 15360);  // no block may overflow
    }
  }
}

}  // namespace
}  // namespace thimble
