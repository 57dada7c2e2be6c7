// Every kernel set against the oracle, bit for bit, and the oracle against a naive double.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "base/math.h"
#include "tests/property/kernel_sets.h"

namespace thimble {
namespace {

constexpr size_t kMaxLength = 2 * kLanes + 3;
constexpr double kRounding = 0x1p-24;  // largest relative error of one rounding

double wide(float x) { return static_cast<double>(x); }

// What the values of a test look like; a mix in one vector finds more than vectors of one kind.
enum class Values { kPlain, kExtreme, kSubnormal, kSpecial };
constexpr std::array<Values, 4> kAllValues = {Values::kPlain, Values::kExtreme, Values::kSubnormal, Values::kSpecial};

class Source {
 public:
  explicit Source(uint64_t seed) : random_(seed) {}

  float next(Values values) {
    const float plain = std::uniform_real_distribution<float>(-2, 2)(random_);
    const auto choice = static_cast<unsigned>(random_() % 6);
    switch (values) {
      case Values::kPlain:
        return plain;
      case Values::kExtreme:
        return choice < 2 ? plain : std::ldexp(plain, static_cast<int>(random_() % 254) - 127);
      case Values::kSubnormal:
        return choice == 0 ? 0.0f * plain : plain * 0x1p-130f;
      case Values::kSpecial: {
        constexpr float kInf = std::numeric_limits<float>::infinity();
        const std::array<float, 6> special = {kInf, -kInf, std::numeric_limits<float>::quiet_NaN(), 0.0f, -0.0f, plain};
        return random_() % 8 == 0 ? special[choice] : plain;
      }
    }
    return 0;
  }
  std::vector<float> vector(size_t n, Values values) {
    std::vector<float> v(n);
    for (float& x : v) x = next(values);
    return v;
  }

 private:
  std::mt19937_64 random_;
};

// NaN inside the network has no defined sign or payload: docs/NUMERICS.md.
bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
    return std::bit_cast<uint32_t>(canonical_nan(x)) == std::bit_cast<uint32_t>(canonical_nan(y));
  });
}

class KernelSets : public ::testing::TestWithParam<const Kernels*> {
 protected:
  const Kernels& kernels() const { return *GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(All, KernelSets, ::testing::ValuesIn(testing::kernel_sets()), testing::kernel_set_name);

struct Shape {
  size_t rows, cols, batch;
  size_t x_offset, gap;  // elements: misalignment of x and out, extra stride
};

void expect_matmul_agrees(const Kernels& kernels, const Shape& s, Values values, Source& source) {
  const size_t w_stride = (s.cols + 3) / 4 * 4 + 4 * s.gap;
  const size_t x_stride = s.cols + s.gap;
  const size_t out_stride = s.rows + s.gap;
  const auto w = source.vector(s.rows * w_stride + 4, values);
  const auto x = source.vector(s.batch * x_stride + s.x_offset, values);
  const auto run = [&](const Kernels& k) {
    std::vector<float> out(s.batch * out_stride + s.x_offset, -7.25f);  // what lies between results must stay
    k.matmul_f32(w.data(), w_stride, x.data() + s.x_offset, x_stride, out.data() + s.x_offset, out_stride, s.rows,
                 s.cols, s.batch);
    return out;
  };
  EXPECT_TRUE(same_bits(run(kernels), run(kRefKernels)))
      << s.rows << " x " << s.cols << ", batch " << s.batch << ", offset " << s.x_offset << ", gap " << s.gap;
}

TEST_P(KernelSets, MatmulEqualsRefAtEveryLength) {
  Source source(1);
  for (const Values values : kAllValues) {
    for (size_t cols = 0; cols <= kMaxLength; ++cols) {
      for (size_t batch = 1; batch <= 8; ++batch) {
        for (size_t rows = 0; rows <= 9; ++rows) {
          expect_matmul_agrees(kernels(), {rows, cols, batch, (rows + cols) % 4, cols % 3}, values, source);
        }
      }
    }
  }
}

// Kernels may take rows side by side that are far apart.
TEST_P(KernelSets, MatmulEqualsRefAtEveryNumberOfRows) {
  Source source(4);
  for (const size_t cols : std::initializer_list<size_t>{7, 8, 9, 64, 101, 261}) {
    for (size_t rows = 0; rows <= 67; ++rows) {
      expect_matmul_agrees(kernels(), {rows, cols, 2 + rows % 7, rows % 4, cols % 3}, Values::kExtreme, source);
      expect_matmul_agrees(kernels(), {rows, cols, 1, 0, 0}, Values::kPlain, source);
    }
  }
}

TEST_P(KernelSets, MatmulEqualsRefOnModelShapes) {
  Source source(2);
  for (const auto& [rows, cols] :
       {std::pair<size_t, size_t>{64, 64}, {172, 64}, {64, 172}, {512, 64}, {288, 768}, {5, 1001}}) {
    for (const size_t batch : {size_t{1}, size_t{3}, size_t{8}}) {
      expect_matmul_agrees(kernels(), {rows, cols, batch, 1, 0}, Values::kPlain, source);
    }
  }
}

TEST_P(KernelSets, ABatchGivesTheBitsOfItsVectorsAlone) {
  Source source(3);
  constexpr size_t kRows = 13, kCols = 43, kStride = 44;
  const auto w = source.vector(kRows * kStride, Values::kExtreme);
  const auto x = source.vector(8 * kCols, Values::kExtreme);
  for (size_t batch = 1; batch <= 8; ++batch) {
    std::vector<float> together(batch * kRows), apart(batch * kRows);
    kernels().matmul_f32(w.data(), kStride, x.data(), kCols, together.data(), kRows, kRows, kCols, batch);
    for (size_t b = 0; b < batch; ++b) {
      for (size_t r = 0; r < kRows; ++r) {  // row by row too, as workers may split them
        kernels().matmul_f32(w.data() + r * kStride, kStride, x.data() + b * kCols, kCols, apart.data() + b * kRows + r,
                             kRows, 1, kCols, 1);
      }
    }
    EXPECT_TRUE(same_bits(together, apart)) << batch;
  }
}

// Each kernel that works on vectors, in place, once per set.
template <class Run>
void expect_vectors_agree(const Kernels& kernels, size_t least, size_t step, Run run) {
  Source source(4);
  for (const Values values : kAllValues) {
    for (size_t n = least; n <= kMaxLength * 4; n += step) {
      for (size_t offset = 0; offset < 4; ++offset) {
        const auto x = source.vector(n + offset, values);
        const auto y = source.vector(n + offset, values);
        auto got = x;
        auto want = x;
        run(kernels, got.data() + offset, y.data() + offset, n);
        run(kRefKernels, want.data() + offset, y.data() + offset, n);
        EXPECT_TRUE(same_bits(got, want)) << "length " << n << ", offset " << offset;
      }
    }
  }
}

TEST_P(KernelSets, RmsNormEqualsRef) {
  expect_vectors_agree(kernels(), 1, 1,
                       [](const Kernels& k, float* x, const float* w, size_t n) { k.rms_norm_f32(x, x, w, n, 1e-5f); });
}
TEST_P(KernelSets, SoftmaxEqualsRef) {
  expect_vectors_agree(kernels(), 1, 1,
                       [](const Kernels& k, float* x, const float*, size_t n) { k.softmax_f32(x, n, 0.25f); });
}
TEST_P(KernelSets, SiluMulEqualsRef) {
  expect_vectors_agree(kernels(), 0, 1,
                       [](const Kernels& k, float* x, const float* y, size_t n) { k.silu_mul_f32(x, y, n); });
}
TEST_P(KernelSets, AddEqualsRef) {
  expect_vectors_agree(kernels(), 0, 1,
                       [](const Kernels& k, float* x, const float* y, size_t n) { k.add_f32(x, y, n); });
}
TEST_P(KernelSets, RopeEqualsRef) {
  expect_vectors_agree(kernels(), 0, 2, [](const Kernels& k, float* x, const float* y, size_t n) {
    k.rope_f32(x, y, 1, n);
    if (n % 4 == 0) k.rope_f32(x, y, 2, n / 2);
  });
}

// A lane adds ceil(n / 8) products, each rounded, then three levels of tree: an error of at most (ceil(n / 8) + 4)
// roundings of the sum of magnitudes (Higham, Accuracy and Stability, 4.2; second order in the factor 1.01).
double dot_bound(size_t n, double magnitude) {
  return 1.01 * kRounding * (std::ceil(static_cast<double>(n) / 8) + 4) * magnitude;
}

TEST(RefKernels, MatmulIsCloseToDouble) {
  Source source(5);
  for (size_t n = 0; n <= 2000; n += n < kMaxLength ? 1 : 97) {
    const auto w = source.vector(n, Values::kPlain);
    const auto x = source.vector(n, Values::kPlain);
    double sum = 0, magnitude = 0;
    for (size_t i = 0; i < n; ++i) {
      const double product = wide(w[i]) * wide(x[i]);
      sum += product;
      magnitude += std::fabs(product);
    }
    float out = -1;
    kRefKernels.matmul_f32(w.data(), n, x.data(), n, &out, 1, 1, n, 1);
    EXPECT_LE(std::fabs(wide(out) - sum), dot_bound(n, magnitude)) << n;
  }
}

TEST(RefKernels, RmsNormIsCloseToDouble) {
  Source source(6);
  for (size_t n = 1; n <= 1000; n += n < kMaxLength ? 1 : 97) {
    const auto x = source.vector(n, Values::kPlain);
    const auto w = source.vector(n, Values::kPlain);
    double squares = 0;
    for (const float v : x) squares += wide(v) * wide(v);
    const double scale = 1 / std::sqrt(squares / static_cast<double>(n) + wide(1e-5f));
    std::vector<float> out(n);
    kRefKernels.rms_norm_f32(out.data(), x.data(), w.data(), n, 1e-5f);
    // The root halves the error of the sum; then division, addition, rsqrt and two products.
    const double bound = dot_bound(n, 1) / 2 + 5 * kRounding;
    for (size_t i = 0; i < n; ++i) {
      const double want = wide(w[i]) * (wide(x[i]) * scale);
      EXPECT_LE(std::fabs(wide(out[i]) - want), bound * std::fabs(want)) << n;
    }
  }
}

TEST(RefKernels, SoftmaxIsCloseToDouble) {
  Source source(7);
  for (size_t n = 1; n <= 1000; n += n < kMaxLength ? 1 : 97) {
    auto x = source.vector(n, Values::kPlain);
    for (float& v : x) v *= 10;
    const double max = wide(*std::max_element(x.begin(), x.end()));
    double sum = 0;
    for (const float v : x) sum += std::exp(0.25 * (wide(v) - max));
    auto out = x;
    kRefKernels.softmax_f32(out.data(), n, 0.25f);
    // The argument is at most 10 in size and rounded once (a power of two scales it); exp, the sum, reciprocal,
    // product.
    const double bound = (10 + 2 + 2) * kRounding + dot_bound(n, 1) + 2 * kRounding;
    for (size_t i = 0; i < n; ++i) {
      const double want = std::exp(0.25 * (wide(x[i]) - max)) / sum;
      EXPECT_LE(std::fabs(wide(out[i]) - want), bound * want) << n;
    }
  }
}

TEST(RefKernels, RopeRotatesInterleavedPairs) {
  std::vector<float> x = {1, 0, 0, 1, 3, 4, 1, 1};
  const std::vector<float> cos_sin = {0, 1, -1, 0};  // a quarter turn, half a turn
  kRefKernels.rope_f32(x.data(), cos_sin.data(), 2, 4);
  EXPECT_EQ(x, (std::vector<float>{0, 1, 0, -1, -4, 3, -1, -1}));
}

// Each result is the difference of two equal products, so 0 when both are rounded and 2^-24 or so when one is fused
// into the sum. gcc 12 did that at -O3 on machines with FMA; the length lets it vectorise.
TEST_P(KernelSets, RopeDoesNotFuse) {
  constexpr size_t kDim = 64;
  const float a = 1 + 0x1p-23f;
  for (const float sign : {1.0f, -1.0f}) {
    std::vector<float> x(2 * kDim, a);
    for (size_t i = 1; i < x.size(); i += 2) x[i] = sign * a;
    kernels().rope_f32(x.data(), std::vector<float>(kDim, a).data(), 2, kDim);
    for (size_t i = sign > 0 ? 0 : 1; i < x.size(); i += 2) EXPECT_EQ(x[i], 0.0f) << i;
  }
}

TEST(RefKernels, SoftmaxOfNotANumberIsAllNan) {
  for (size_t at = 0; at < 10; ++at) {
    std::vector<float> x(10, 1.0f);
    x[at] = std::numeric_limits<float>::quiet_NaN();
    kRefKernels.softmax_f32(x.data(), x.size(), 1.0f);
    EXPECT_TRUE(std::all_of(x.begin(), x.end(), [](float v) { return std::isnan(v); })) << at;
  }
}

}  // namespace
}  // namespace thimble
