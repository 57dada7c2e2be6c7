// What the kernels cost by the machine's count: their sums, stored, without the scaling of rows and the walk in C++.
// The table of products is that of docs/PREDICTIONS.md.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "kernels/pie/pie_kernels.h"
#include "tests/pie/kernel_samples.h"
#include "tests/pie/kernels_on_machine.h"
#include "tests/property/quantized_matrix.h"

namespace thimble {
namespace {

using testing::Format;
using testing::Matrix;
using testing::NarrowVectors;
using testing::Random;

// What a product of vectors is not.
constexpr const char* kBetween[] = {"pie_scale_panels", "pie_scores", "pie_byte_range"};

double per_cycle(const char* what, size_t cols, double products) {
  uint64_t cycles = s3::usage().cycles();
  for (const char* function : kBetween) cycles -= s3::usage().cycles_of[function];
  const double rate = products / static_cast<double>(cycles);
  std::printf("%-26s %5zu %6.2f\n", what, cols, rate);
  return rate;
}

// Products a cycle of a matrix of many rows.
double rate_of_product(const Kernels& kernels, Format format, size_t cols, size_t batch = 1) {
  constexpr size_t kRows = 128;
  Random random(1);
  const Matrix m =
      Matrix::random(format, kRows, cols, format == Format::kQ8 ? testing::kAnyQ8 : testing::kAnyQ4, random);
  const NarrowVectors x(batch, cols, -127, 127, random);
  std::vector<int32_t> out(kRows * batch);
  s3::usage() = {};
  m.multiply(kernels, 0, kRows, x.at(0), x.stride, out.data(), kRows, batch);
  const std::string what = std::string(kernels.name) + (format == Format::kQ8 ? " q8" : " q4") +
                           (batch == 1 ? "" : " x " + std::to_string(batch));
  return per_cycle(what.c_str(), cols, static_cast<double>(kRows * cols * batch));
}

TEST(KernelCycles, ProductsOfInt8) {
  EXPECT_GE(rate_of_product(kPieKernels, Format::kQ8, 64), 7);
  EXPECT_GE(rate_of_product(kPieKernels, Format::kQ8, 96), 9);
  for (const size_t cols : {128u, 172u, 288u, 768u}) EXPECT_GE(rate_of_product(kPieKernels, Format::kQ8, cols), 6.5);
  EXPECT_GE(rate_of_product(kPieKernels, Format::kQ8, 288, 4), 6.5);
  EXPECT_LE(rate_of_product(kMac16Kernels, Format::kQ8, 64), 0.5);
}

TEST(KernelCycles, ProductsOfInt4) {
  for (const size_t cols : {64u, 96u}) EXPECT_GE(rate_of_product(kPieKernels, Format::kQ4, cols), 2.4);
  for (const size_t cols : {128u, 172u, 288u}) EXPECT_GE(rate_of_product(kPieKernels, Format::kQ4, cols), 2.6);
  for (const size_t cols : {768u, 1024u}) EXPECT_GE(rate_of_product(kPieKernels, Format::kQ4, cols), 3.2);
  for (const size_t cols : {64u, 288u}) EXPECT_GE(rate_of_product(kPieKernels, Format::kQ4, cols, 4), 2.6);
}

// A line of the document's table: products a cycle of rows of each length.
std::string line_of_table(const char* what, Format format) {
  std::string line = std::string("| ") + what + " |";
  for (const size_t cols : {64u, 96u, 128u, 172u, 288u, 768u}) {
    char rate[16];
    std::snprintf(rate, sizeof rate, " %.1f |", rate_of_product(kPieKernels, format, cols));
    line += rate;
  }
  return line + "\n";
}

TEST(KernelCycles, OfProductsStandInTheDocument) {
  std::ifstream file(THIMBLE_SOURCE_DIR "/docs/PREDICTIONS.md");
  std::stringstream document;
  document << file.rdbuf();
  for (const std::string& line :
       {line_of_table("int8", Format::kQ8), line_of_table("int4 with 4-bit scales of groups", Format::kQ4)}) {
    EXPECT_NE(document.str().find(line), std::string::npos) << line;
  }
}

// Cycles of one element, or of a position, by all the assembly that a kernel calls. `limit` is what they must not
// exceed.
template <class Run>
void expect_at_most(double limit, const char* what, size_t count, const Run& run) {
  s3::usage() = {};
  run();
  const double cycles = static_cast<double>(s3::usage().cycles()) / static_cast<double>(count);
  std::printf("%-26s %5zu %6.2f\n", what, count, cycles);
  EXPECT_LE(cycles, limit) << what;
}

// What the cost model rests on.
TEST(KernelCycles, AreThoseOnRecord) {
  std::ifstream file(THIMBLE_SOURCE_DIR "/bench/pie-cycles");
  std::string recorded;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("#")) recorded += line + "\n";
  }
  EXPECT_EQ(kernel_samples(), recorded) << "build/release/pie_cycles > bench/pie-cycles && bench/fit_stages.py";
}

// Those of keys and values alone.
TEST(KernelCycles, ProductsOfAttention) {
  Random random(2);
  constexpr size_t kLength = 256;
  alignas(16) static int8_t keys[64 * kLength];
  alignas(16) static int8_t query[64];
  alignas(16) static uint16_t weights[kLength];
  std::vector<int32_t> out(kLength);
  const std::vector<uint8_t> codes(kLength);
  for (const size_t head_dim : {size_t{8}, size_t{16}, size_t{48}, size_t{64}}) {
    const auto products = static_cast<double>(head_dim * kLength);
    for (const Kernels* kernels : {&kPieKernels, &kMac16Kernels}) {
      const bool pie = kernels == &kPieKernels;
      if (!pie && head_dim != 8) continue;  // it has no assembly for others
      s3::usage() = {};
      kernels->scores_i8(out.data(), keys, head_dim, codes.data(), query, head_dim, kLength, {1 << 30, 8});
      EXPECT_GT(per_cycle((std::string(kernels->name) + " scores").c_str(), head_dim, products), pie ? 1.5 : 0);
      s3::usage() = {};
      kernels->mix_i8(out.data(), keys, kLength, weights, head_dim, kLength, 5);
      EXPECT_GT(per_cycle((std::string(kernels->name) + " mix").c_str(), head_dim, products), pie ? 2.5 : 0);
    }
  }
}

TEST(KernelCycles, WhatIsNoProduct) {
  constexpr size_t kCount = 256;
  const Kernels& kernels = kPieKernels;
  alignas(16) static int32_t x[kCount];
  alignas(16) static int32_t y[kCount];
  alignas(16) static int8_t narrow[kCount];
  alignas(16) static int8_t keys[8 * kCount];
  alignas(16) static uint16_t weights[kCount];
  alignas(16) static uint8_t codes[kCount];
  const std::vector<int16_t> norm(kCount, 1 << 13);
  std::vector<float> logits(kCount);
  for (size_t i = 0; i < kCount; ++i) x[i] = y[i] = static_cast<int32_t>(i * 1000000) - 128000000;
  constexpr Multiplier kScale = {1 << 30, 4};
  expect_at_most(0.6, "largest", kCount, [&] { kernels.max_abs_i32(x, kCount); });
  // A bar that one row in sixteen is above.
  for (size_t i = 0; i < kCount; ++i) logits[i] = static_cast<float>(i % 16);
  uint8_t found[kCount];
  expect_at_most(1.2, "find most", kCount, [&] { kernels.find_most_f32(logits.data(), kCount); });
  expect_at_most(2.5, "find above", kCount,
                 [&] { kernels.find_above_f32(found, logits.data(), kCount, 0, std::bit_cast<int32_t>(14.5f)); });
  expect_at_most(6.2, "quantise", kCount, [&] { kernels.quantize_i8(narrow, x, kCount, kCount); });
  expect_at_most(4.9, "rescale", kCount, [&] { kernels.rescale_i8(narrow, x, kCount, kCount, kScale); });
  expect_at_most(12.9, "norm", kCount, [&] { kernels.norm_i32(x, y, norm.data(), kCount); });
  expect_at_most(5.8, "add", kCount, [&] { kernels.add_i32(x, 0, y, 1, kScale, kCount); });
  expect_at_most(8.1, "rope", kCount, [&] { kernels.rope_i32(x, y, 1, kCount); });
  expect_at_most(34, "gate", kCount, [&] { kernels.silu_mul_i32(x, y, kScale, kCount); });
  expect_at_most(9, "logits", kCount, [&] { kernels.logits_i32(logits.data(), x, kScale, kCount); });
  expect_at_most(19, "scores of 8", kCount, [&] {
    kernels.scores_i8(x, keys, 8, codes, narrow, 8, kCount, {1 << 30, 8});
  });
  expect_at_most(19.2, "weigh", kCount, [&] { kernels.weigh_i8(weights, x, codes, kCount); });
}

}  // namespace
}  // namespace thimble
