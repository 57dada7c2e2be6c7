// What the kernels cost by the machine's count: their sums, stored, without the scaling of rows and the walk in C++.
// Prints the table of docs/PERFORMANCE.md.
#include <gtest/gtest.h>

#include <cstdio>

#include "kernels/pie/pie_kernels.h"
#include "tests/pie/kernels_on_machine.h"
#include "tests/property/quantized_matrix.h"

namespace thimble {
namespace {

using testing::Format;
using testing::Matrix;
using testing::NarrowVectors;
using testing::Random;

double per_cycle(const char* what, size_t cols, double products) {
  const double rate = products / static_cast<double>(s3::usage().cycles);
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
  for (const size_t cols : {64u, 128u, 172u}) EXPECT_GE(rate_of_product(kPieKernels, Format::kQ4, cols), 2.4);
  for (const size_t cols : {288u, 768u}) EXPECT_GE(rate_of_product(kPieKernels, Format::kQ4, cols), 2.6);
  EXPECT_GE(rate_of_product(kPieKernels, Format::kQ4, 1024), 3.2);
  for (const size_t cols : {64u, 288u}) EXPECT_GE(rate_of_product(kPieKernels, Format::kQ4, cols, 4), 2.6);
}

TEST(KernelCycles, Attention) {
  Random random(2);
  constexpr size_t kLength = 256;
  for (const size_t head_dim : {size_t{8}, size_t{16}, size_t{48}, size_t{64}}) {
    alignas(16) static int8_t keys[64 * kLength];
    alignas(16) static int8_t query[64];
    alignas(16) static uint16_t weights[kLength];
    std::vector<int32_t> out(kLength);
    const std::vector<uint8_t> codes(kLength);
    for (const Kernels* kernels : {&kPieKernels, &kMac16Kernels}) {
      if (kernels == &kMac16Kernels && head_dim != 8) continue;  // it has no assembly for others
      s3::usage() = {};
      kernels->scores_i8(out.data(), keys, head_dim, codes.data(), query, head_dim, kLength, {1 << 30, 8});
      const auto products = static_cast<double>(head_dim * kLength);
      EXPECT_GT(per_cycle((std::string(kernels->name) + " scores").c_str(), head_dim, products),
                kernels == &kPieKernels ? 1.5 : 0);
    }
    for (const Kernels* kernels : {&kPieKernels, &kMac16Kernels}) {
      s3::usage() = {};
      kernels->mix_i8(out.data(), keys, kLength, weights, head_dim, kLength, 5);
      const auto products = static_cast<double>(head_dim * kLength);
      EXPECT_GT(per_cycle((std::string(kernels->name) + " mix").c_str(), head_dim, products),
                kernels == &kPieKernels ? 2.5 : 0);
    }
  }
}

}  // namespace
}  // namespace thimble
