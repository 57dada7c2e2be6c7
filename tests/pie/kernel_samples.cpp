#include "tests/pie/kernel_samples.h"

#include "kernels/pie/pie_kernels.h"
#include "tests/pie/kernels_on_machine.h"
#include "tests/property/quantized_matrix.h"

namespace thimble {
namespace {

using testing::Format;
using testing::Matrix;
using testing::NarrowVectors;
using testing::Random;

constexpr Multiplier kScale = {1 << 30, 4};
constexpr size_t kMost = 768;

template <class Run>
std::string sample(const char* stage, std::initializer_list<std::pair<const char*, size_t>> units, const Run& run) {
  s3::usage() = {};
  run();
  std::string line = stage;
  for (const auto& [unit, count] : units) line += std::string(" ") + unit + "=" + std::to_string(count);
  return line + " cycles=" + std::to_string(s3::usage().cycles()) + "\n";
}

std::string products() {
  std::string lines;
  Random random(1);
  for (const Format format : {Format::kQ8, Format::kQ4}) {
    const bool q8 = format == Format::kQ8;
    for (const size_t cols : {size_t{64}, size_t{96}, size_t{128}, size_t{172}, size_t{288}, size_t{768}}) {
      for (const size_t rows : {size_t{32}, size_t{128}}) {
        const Matrix m = Matrix::random(format, rows, cols, q8 ? testing::kAnyQ8 : testing::kAnyQ4, random);
        const NarrowVectors x(1, cols, -127, 127, random);
        std::vector<int32_t> out(rows);
        const size_t padding = q8 ? 16 : 32;
        const size_t padded = (cols + padding - 1) / padding * padding;
        lines += sample(q8 ? "q8" : "q4", {{"mac", rows * padded}, {"row", rows}, {"call", 1}},
                        [&] { m.multiply(kPieKernels, 0, rows, x.at(0), x.stride, out.data(), rows, 1); });
      }
    }
  }
  return lines;
}

std::string attention() {
  std::string lines;
  constexpr size_t kPositions = 256;
  alignas(16) static int8_t cache[64 * kPositions];
  alignas(16) static int8_t query[64];
  alignas(16) static uint16_t weights[kPositions];
  alignas(16) static uint8_t codes[kPositions];
  alignas(16) static int32_t scores[kPositions];
  std::vector<int32_t> out(64);
  for (const size_t head_dim : {size_t{8}, size_t{16}, size_t{32}, size_t{48}, size_t{64}}) {
    for (const size_t length : {size_t{16}, size_t{64}, size_t{128}, size_t{256}}) {
      lines += sample("attention",
                      {{"mac", head_dim * length}, {"position", length}, {"element", head_dim}, {"head", 1}}, [&] {
                        kPieKernels.scores_i8(scores, cache, head_dim, codes, query, head_dim, length, {1 << 30, 8});
                        kPieKernels.weigh_i8(weights, scores, codes, length);
                        kPieKernels.mix_i8(out.data(), cache, kPositions, weights, head_dim, length, 5);
                      });
    }
  }
  return lines;
}

std::string elements() {
  std::string lines;
  alignas(16) static int32_t x[kMost];
  alignas(16) static int32_t y[kMost];
  alignas(16) static int8_t narrow[kMost];
  for (size_t i = 0; i < kMost; ++i) x[i] = y[i] = static_cast<int32_t>(i * 300000) - 100000000;
  const std::vector<int16_t> weight(kMost, 1 << 13);
  std::vector<float> logits(kMost);
  const Kernels& k = kPieKernels;
  for (const size_t n : {size_t{8}, size_t{64}, size_t{256}, kMost}) {
    const auto add = [&](const char* stage, const auto& run) {
      lines += sample(stage, {{"element", n}, {"call", 1}}, run);
    };
    add("largest", [&] { k.max_abs_i32(x, n); });
    add("quantised", [&] { k.quantize_i8(narrow, x, n, n); });
    add("rescaled", [&] { k.rescale_i8(narrow, x, n, n, kScale); });
    add("norms", [&] { k.norm_i32(y, x, weight.data(), n); });
    add("add", [&] { k.add_i32(y, 0, x, 1, kScale, n); });
    add("shifted", [&] { k.add_i32(y, 1, x, 1, kScale, n); });
    add("rope", [&] { k.rope_i32(y, x, 1, n); });
    add("gate", [&] { k.silu_mul_i32(y, x, kScale, n); });
    add("logits", [&] { k.logits_i32(logits.data(), x, kScale, n); });
  }
  return lines;
}

}  // namespace

std::string kernel_samples() { return products() + attention() + elements(); }

}  // namespace thimble
