// From floats to the bits of a tensor: values by hand, bounds on the error, and every shape and size of weight.

#include "tools/quantize/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "format/reader.h"
#include "tests/support/model_fixture.h"
#include "tools/error.h"

namespace thimble {
namespace {

using testing::stored_weight;
using tools::QuantizedTensor;
using tools::WeightType;

constexpr DType kInteger[] = {DType::kQ8, DType::kQ4, DType::kQ16};

// A tensor with the bytes that it became.
struct Stored {
  QuantizedTensor result;
  std::vector<std::byte> bytes;
  TensorView view;
  double weight(size_t row, size_t col) const { return stored_weight(view, row, col); }
};

Stored store(DType type, const std::vector<float>& weights, uint32_t rows) {
  const auto cols = static_cast<uint32_t>(weights.size() / rows);
  Stored s;
  s.bytes.resize(tensor_bytes(type, rows, cols));
  s.result = tools::quantize(type, weights, rows, cols, s.bytes);
  s.view = {s.bytes.data(), type, s.result.exponent, rows, cols, row_bytes(type, cols), s.bytes.size()};
  return s;
}

std::string refusal(DType type, const std::vector<float>& weights, uint32_t rows) {
  try {
    store(type, weights, rows);
  } catch (const tools::Error& error) {
    return error.what();
  }
  return "";
}

// Bell-shaped, as trained weights are, with the same bits everywhere.
std::vector<float> random_weights(size_t count, uint32_t seed) {
  std::vector<float> weights(count);
  for (float& w : weights) {
    int32_t sum = 0;
    for (int i = 0; i < 6; ++i) {
      seed = seed * 1664525u + 1013904223u;  // Numerical Recipes' generator
      sum += static_cast<int32_t>(seed >> 16) - 0x8000;
    }
    w = static_cast<float>(sum) / 0x20000p0f;
  }
  return weights;
}

// Root of the squared errors over the squared weights of one row, as decoded.
double row_error(const Stored& s, const std::vector<float>& weights, size_t row) {
  double error = 0, size = 0;
  for (size_t c = 0; c < s.view.cols; ++c) {
    const double w = static_cast<double>(weights[row * s.view.cols + c]);
    error += (s.weight(row, c) - w) * (s.weight(row, c) - w);
    size += w * w;
  }
  return size == 0 ? 0 : std::sqrt(error / size);
}

std::vector<int> bytes_of(const Stored& s, size_t at, size_t count) {
  std::vector<int> out;
  for (size_t i = 0; i < count; ++i) out.push_back(static_cast<int>(static_cast<uint8_t>(s.bytes[at + i])));
  return out;
}

// --- by hand ---

// The q8 example of docs/FORMAT.md: 127 is the largest integer, so the scale is 1/128 exactly.
TEST(Quantize, Q8ByHand) {
  const Stored s = store(DType::kQ8, {127 / 128.0f, -0.5f, 0.0f, 1 / 128.0f}, 1);
  EXPECT_EQ(s.result.exponent, -22);
  EXPECT_EQ(s.result.squared_error, 0);
  ASSERT_EQ(s.bytes.size(), 32u);
  EXPECT_EQ(bytes_of(s, 0, 16), (std::vector<int>{0x00, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(bytes_of(s, 16, 16), (std::vector<int>{0x7f, 0xc0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Quantize, Q16ByHand) {
  // The largest magnitude has 15 bits: 1 becomes 16384 * 2^-14.
  const Stored s = store(DType::kQ16, {1.0f, -1.5f, 0.0f, 0x1p-14f}, 1);
  EXPECT_EQ(s.result.exponent, -14);
  EXPECT_EQ(bytes_of(s, 0, 8), (std::vector<int>{0x00, 0x40, 0x00, 0xa0, 0, 0, 1, 0}));
  // A largest weight that would round to 32768 takes the next exponent.
  const Stored full = store(DType::kQ16, {std::nextafter(2.0f, 0.0f)}, 1);
  EXPECT_EQ(full.result.exponent, -13);
  EXPECT_EQ(bytes_of(full, 0, 2), (std::vector<int>{0x00, 0x40}));
}

// The q4 example of docs/FORMAT.md is legal, though no search of scales would end there.
TEST(Quantize, TheQ4ExampleOfTheFormatIsRead) {
  std::vector<std::byte> bytes(tensor_bytes(DType::kQ4, 1, 4));
  ASSERT_EQ(bytes.size(), 48u);
  bytes[1] = std::byte{0x80};
  bytes[16] = std::byte{0x01};
  bytes[32] = std::byte{0x02};
  bytes[33] = std::byte{0x0c};
  bytes[34] = std::byte{0x01};
  const TensorView view{bytes.data(), DType::kQ4, -16, 1, 4, row_bytes(DType::kQ4, 4), bytes.size()};
  const double want[] = {1, -2, 0.5, 0};
  for (size_t c = 0; c < 4; ++c) EXPECT_EQ(stored_weight(view, 0, c), want[c]);
}

// Nibbles reach to -8 and +7: a group scale of the sign that gives the largest weight the longer side.
TEST(Quantize, Q4TakesTheSignThatFits) {
  for (const float sign : {1.0f, -1.0f}) {
    std::vector<float> weights(32, 0.0f);
    weights[0] = 8 * sign;
    weights[9] = -7 * sign;
    const Stored s = store(DType::kQ4, weights, 1);
    EXPECT_NEAR(s.weight(0, 0), 8 * static_cast<double>(sign), 1e-3);
    EXPECT_NEAR(s.weight(0, 9), -7 * static_cast<double>(sign), 1e-3);
    EXPECT_EQ(s.weight(0, 10), 0);
  }
}

// Every half but the infinite comes back as itself, and the middle between two goes to the even one.
TEST(Quantize, HalvesRoundToNearestEven) {
  constexpr uint32_t kHalves = 0x7c00;  // from 0 to the largest, 65504
  std::vector<float> halves(kHalves);
  for (uint32_t h = 0; h < kHalves; ++h) {
    const int field = static_cast<int>(h >> 10), mantissa = static_cast<int>(h & 1023);
    halves[h] = field == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                           : std::ldexp(static_cast<float>(1024 + mantissa), field - 25);
  }
  std::vector<float> weights;
  std::vector<uint32_t> want;
  const auto expect = [&](float weight, uint32_t half) {
    weights.insert(weights.end(), {weight, -weight});
    want.insert(want.end(), {half, half | 0x8000});
  };
  for (uint32_t h = 0; h < kHalves; ++h) {
    expect(halves[h], h);
    const float next = h + 1 < kHalves ? halves[h + 1] : 65536.0f;
    const float middle = (halves[h] + next) / 2;
    expect(std::nextafter(middle, 0.0f), h);
    if (h + 1 == kHalves) continue;  // from there on it is too large
    expect(middle, h % 2 == 0 ? h : h + 1);
    expect(std::nextafter(middle, next), h + 1);
  }
  expect(std::numeric_limits<float>::denorm_min(), 0);
  const Stored s = store(DType::kF16, weights, 1);
  for (size_t i = 0; i < want.size(); ++i) {
    const auto got = bytes_of(s, 2 * i, 2);
    ASSERT_EQ(static_cast<uint32_t>(got[0] | got[1] << 8), want[i]) << weights[i];
  }
}

// --- what is refused ---

TEST(Quantize, WeightsBeyondATypeAreNamed) {
  const std::string half = refusal(DType::kF16, {1, 2, 3, 4, 5, -65520.0f}, 2);
  EXPECT_NE(half.find("row 1, column 2 is -65520"), std::string::npos) << half;
  EXPECT_NE(half.find("use f32"), std::string::npos) << half;
  for (const DType type : kInteger) {
    const std::string tiny = refusal(type, {1e-40f, -2e-40f}, 1);
    EXPECT_NE(tiny.find("e-4"), std::string::npos) << tiny;  // a number, not 0.000000
    EXPECT_NE(tiny.find("use f32"), std::string::npos) << tiny;
    EXPECT_EQ(refusal(type, {1e-28f, 1e-40f}, 1), "");
    EXPECT_EQ(refusal(type, {std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min()}, 1), "");
  }
}

// Any length that a file may have.
TEST(Quantize, TheLongestRowsAreTaken) {
  for (const DType type : {DType::kQ8, DType::kQ4}) EXPECT_EQ(refusal(type, std::vector<float>(65536, 0.5f), 1), "");
}

// --- how close ---

// The search reaches 0.631 % (q8) and 7.45 % (q4) here; plain rounding, by the largest weight of a row or of a group of
// 32, gives 0.648 % and 9.30 %, which the bounds exclude.
TEST(Quantize, ErrorsStayBelowTheirBounds) {
  const std::vector<float> weights = random_weights(64 * 256, 1);
  const auto relative = [&](DType type) {
    const Stored s = store(type, weights, 64);
    return std::sqrt(s.result.squared_error / s.result.squared_weights);
  };
  EXPECT_EQ(relative(DType::kF32), 0);
  EXPECT_LT(relative(DType::kF16), 0.0003);
  EXPECT_LT(relative(DType::kQ16), 0.0001);
  EXPECT_LT(relative(DType::kQ8), 0.0064);
  EXPECT_LT(relative(DType::kQ4), 0.0755);
}

// The report is that of the bytes, not of an earlier stage of the search.
TEST(Quantize, TheLossIsThatOfTheBytes) {
  const std::vector<float> weights = random_weights(11 * 77, 2);
  for (const DType type : {DType::kF32, DType::kF16, DType::kQ8, DType::kQ4, DType::kQ16}) {
    const Stored s = store(type, weights, 11);
    double error = 0, size = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
      const double w = static_cast<double>(weights[i]);
      error += (s.weight(i / 77, i % 77) - w) * (s.weight(i / 77, i % 77) - w);
      size += w * w;
    }
    EXPECT_NEAR(s.result.squared_error, error, 1e-12 * size) << dtype_name(type);
    EXPECT_NEAR(s.result.squared_weights, size, 1e-12 * size) << dtype_name(type);
  }
}

// Row scales have 16 bits for all rows of a tensor: a row may be far smaller than the largest and still be itself.
TEST(Quantize, SmallRowsBesideALargeOneKeepTheirWeights) {
  for (const float factor : {1e-2f, 1e-3f, 1e-4f, 2e-5f, 1e-5f}) {
    std::vector<float> weights = random_weights(2 * 64, 3);
    for (size_t i = 64; i < weights.size(); ++i) weights[i] *= factor;
    EXPECT_LT(row_error(store(DType::kQ8, weights, 2), weights, 1), 0.03) << factor;
    EXPECT_LT(row_error(store(DType::kQ4, weights, 2), weights, 1), 0.10) << factor;
  }
}

TEST(Quantize, ConstantRowsAndSingleColumnsAreNearlyExact) {
  for (const DType type : kInteger) {
    for (const uint32_t cols : {1u, 5u, 33u}) {
      for (const float value : {0.7f, -3.1f}) {
        const std::vector<float> weights(size_t{3} * cols, value);
        const Stored s = store(type, weights, 3);
        for (size_t r = 0; r < 3; ++r) EXPECT_LT(row_error(s, weights, r), 1e-4) << dtype_name(type) << cols;
      }
    }
  }
}

TEST(Quantize, RowsOfZerosHaveScaleZero) {
  for (const DType type : kInteger) {
    const Stored nothing = store(type, std::vector<float>(9 * 40, 0.0f), 9);
    EXPECT_EQ(nothing.result.exponent, 0);
    EXPECT_TRUE(std::ranges::all_of(nothing.bytes, [](std::byte b) { return b == std::byte{0}; })) << dtype_name(type);
  }
  for (const DType type : {DType::kQ8, DType::kQ4}) {
    std::vector<float> weights = random_weights(3 * 40, 4);
    std::fill_n(weights.begin() + 40, 40, 0.0f);
    const Stored s = store(type, weights, 3);
    EXPECT_EQ(bytes_of(s, 2, 2), (std::vector<int>{0, 0})) << dtype_name(type);
    for (size_t c = 0; c < 40; ++c) EXPECT_EQ(s.weight(1, c), 0);
  }
}

TEST(Quantize, TheLargestRowScaleHasItsUpperBitSet) {
  for (const DType type : {DType::kQ8, DType::kQ4}) {
    for (uint32_t seed = 1; seed <= 50; ++seed) {
      const Stored s = store(type, random_weights(5 * 48, seed), 5);
      const std::vector<int> scales = bytes_of(s, 0, 10);
      int largest = 0;
      for (size_t r = 0; r < 5; ++r) largest = std::max(largest, scales[2 * r] | scales[2 * r + 1] << 8);
      EXPECT_GE(largest, 0x8000) << dtype_name(type) << " seed " << seed;
    }
  }
}

// A power of two moves the exponent and nothing else.
TEST(Quantize, OnlyTheExponentKnowsTheSizeOfTheWeights) {
  const std::vector<float> weights = random_weights(9 * 70, 5);
  for (const DType type : kInteger) {
    const Stored plain = store(type, weights, 9);
    for (const int power : {-80, 100}) {
      std::vector<float> scaled = weights;
      for (float& w : scaled) w = std::ldexp(w, power);
      const Stored moved = store(type, scaled, 9);
      EXPECT_EQ(moved.bytes, plain.bytes) << dtype_name(type);
      EXPECT_EQ(moved.result.exponent, plain.result.exponent + power);
    }
  }
}

TEST(Quantize, IsTheSameEveryTime) {
  const std::vector<float> weights = random_weights(17 * 100, 6);
  for (const DType type : kInteger) EXPECT_EQ(store(type, weights, 17).bytes, store(type, weights, 17).bytes);
}

// FNV-1a of the bytes, the same for every compiler, level and host.
TEST(Quantize, BytesArePinned) {
  const std::vector<float> weights = random_weights(19 * 131, 7);
  const auto hash = [&](DType type) {
    uint64_t h = 0xcbf29ce484222325u;
    for (const std::byte b : store(type, weights, 19).bytes) h = (h ^ static_cast<uint64_t>(b)) * 0x100000001b3u;
    return h;
  };
  EXPECT_EQ(hash(DType::kF16), 9475718639958978990u);
  EXPECT_EQ(hash(DType::kQ16), 7086659968238389411u);
  EXPECT_EQ(hash(DType::kQ8), 4339773180553454520u);
  EXPECT_EQ(hash(DType::kQ4), 12019892924067919035u);
}

// --- every width ---

TEST(Quantize, EveryWidthIsNear) {
  for (uint32_t width = 1; width <= 131; ++width) {
    const uint32_t rows = 1 + width % 17;  // panels whole and in part
    const std::vector<float> weights = random_weights(size_t{rows} * width, width);
    for (const DType type : kInteger) {
      const Stored s = store(type, weights, rows);
      const double bound = type == DType::kQ4 ? 0.14 : 0.01;
      for (size_t r = 0; r < rows; ++r) ASSERT_LT(row_error(s, weights, r), bound) << dtype_name(type) << width;
    }
  }
}

// verify() sees to it that all padding is zero: rows, panels, group scales.
TEST(Quantize, ModelsOfManyWidthsVerify) {
  for (const uint32_t width : {1u, 2u, 7u, 8u, 15u, 16u, 17u, 31u, 32u, 33u, 48u, 64u, 65u, 131u}) {
    testing::FixtureSpec spec = testing::least_spec();
    spec.hidden_dim = width;
    spec.dim = 2 * (width / 2 + 1);
    const testing::Fixture fixture = testing::make_fixture(spec);
    for (const WeightType type : {WeightType::kF16, WeightType::kQ8, WeightType::kQ4, WeightType::kMixed}) {
      const tools::ImageBytes image = testing::to_thm(fixture, type);
      Model model;
      ASSERT_TRUE(model.open(image.span()).ok()) << width;
      EXPECT_TRUE(model.verify().ok()) << width << " " << tools::weight_type_name(type);
    }
  }
}

}  // namespace
}  // namespace thimble
