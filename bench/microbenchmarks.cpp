// What single parts of the engine take: a stage that the host's workers share, and the products of every kernel set
// that runs here, in the shapes of a model of 15 million weights, and what counts in one of 260,000: short rows and the
// parts of attention. By google-benchmark, whose options it takes.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/quantized_layout.h"
#include "kernels/registry.h"
#include "ports/port.h"

namespace thimble {
namespace {

// Dependent additions, split among the workers: where more workers are no quicker, a stage is too small to share.
void BM_SharedStage(benchmark::State& state) {
  struct Stage {
    int64_t additions;  // of each
  };
  const port::Workers pool(static_cast<uint32_t>(state.range(0)));
  const Parallel parallel = pool.parallel();
  Stage stage{state.range(1) / state.range(0)};
  const Parallel::Task add = [](void* argument, uint32_t worker) {
    uint64_t sum = worker;
    for (int64_t i = static_cast<Stage*>(argument)->additions; i > 0; --i) benchmark::DoNotOptimize(++sum);
  };
  for (auto _ : state) parallel.run(parallel.context, add, &stage);
}
BENCHMARK(BM_SharedStage)
    ->ArgsProduct({benchmark::CreateDenseRange(1, static_cast<int64_t>(port::core_count()), 1),
                   benchmark::CreateRange(1 << 8, 1 << 16, 4)})
    ->ArgNames({"workers", "additions"})
    ->UseRealTime();

struct Shape {
  const char* role;
  size_t rows;
  size_t cols;
};
constexpr Shape kShapes[] = {
    {"wo", 288, 288}, {"gate", 768, 288}, {"down", 288, 768}, {"classifier", 32000, 288}, {"short", 64, 64}};

// Reports the products and the bytes of weights of a second.
void count(benchmark::State& state, const Shape& shape, size_t batch, size_t weight_bytes) {
  const auto products = static_cast<double>(shape.rows * shape.cols * batch);
  state.counters["products"] = {products, benchmark::Counter::kIsIterationInvariantRate};
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(weight_bytes));
}

using Quantized = decltype(Kernels::matmul_q8);

void multiply_quantized(benchmark::State& state, Quantized multiply, PanelLayout layout, Shape shape, size_t batch) {
  const size_t stride = round_up<size_t>(shape.cols, kVectorPadding);
  const std::vector<std::byte> weights(layout.panel(round_up<size_t>(shape.rows, kPanelRows)), std::byte{0x35});
  const std::vector<int8_t> x(batch * stride, 7);
  std::vector<int32_t> out(batch * shape.rows);
  for (auto _ : state) {
    multiply(weights.data(), shape.cols, 0, shape.rows, x.data(), stride, out.data(), shape.rows, batch);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count(state, shape, batch, weights.size());
}

void multiply_f32(benchmark::State& state, decltype(Kernels::matmul_f32) multiply, Shape shape, size_t batch) {
  const std::vector<float> weights(shape.rows * shape.cols, 0.5f);
  const std::vector<float> x(batch * shape.cols, 0.25f);
  std::vector<float> out(batch * shape.rows);
  for (auto _ : state) {
    multiply(weights.data(), shape.cols, x.data(), shape.cols, out.data(), shape.rows, shape.rows, shape.cols, batch);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count(state, shape, batch, weights.size() * sizeof(float));
}

void register_products(const Kernels& kernels, const Shape& shape, size_t batch) {
  const std::string name = std::string("/") + shape.role + "/batch:" + std::to_string(batch) + "/" + kernels.name;
  benchmark::RegisterBenchmark(("matmul_q8" + name).c_str(), multiply_quantized, kernels.matmul_q8,
                               q8_layout(shape.cols), shape, batch);
  benchmark::RegisterBenchmark(("matmul_q4" + name).c_str(), multiply_quantized, kernels.matmul_q4,
                               q4_layout(shape.cols), shape, batch);
  benchmark::RegisterBenchmark(("matmul_f32" + name).c_str(), multiply_f32, kernels.matmul_f32, shape, batch);
}

constexpr size_t kPositions = 512;
constexpr size_t kHeadDim = 8;

template <class Body>
void register_body(const Kernels& kernels, const std::string& name, const Body& body) {
  benchmark::RegisterBenchmark((name + "/" + kernels.name).c_str(), [body](benchmark::State& state) {
    for (auto _ : state) {
      body();
      benchmark::ClobberMemory();
    }
  });
}

// What one head of eight dimensions makes of `length` positions in a cache of int8.
void register_attention(const Kernels& kernels, size_t length) {
  static const std::vector<int8_t> cache(kPositions * kHeadDim, 3);
  static const std::vector<uint8_t> codes(kPositions, 170);
  static std::vector<int32_t> scores(kPositions, -100);
  static std::vector<uint16_t> weights(kPositions, 1000);
  alignas(16) static const int8_t query[16] = {9, -8, 7, -6, 5, -4, 3, -2};
  static int32_t out[kHeadDim];
  const std::string at = "/length:" + std::to_string(length);
  const Kernels* k = &kernels;
  register_body(kernels, "scores_i8" + at, [=] {
    k->scores_i8(scores.data(), cache.data(), kHeadDim, codes.data(), query, kHeadDim, length, {1 << 30, 28});
  });
  register_body(kernels, "weigh_i8" + at,
                [=] { benchmark::DoNotOptimize(k->weigh_i8(weights.data(), scores.data(), codes.data(), length)); });
  register_body(kernels, "mix_i8" + at,
                [=] { k->mix_i8(out, cache.data(), kPositions, weights.data(), kHeadDim, length, 4); });
}

// Exponentials: of the scores of a head, and of the gates of a layer.
void register_exponentials(const Kernels& kernels, size_t n) {
  static std::vector<float> x(kPositions, 0.5f);
  static const std::vector<float> up(kPositions, 0.25f);
  static std::vector<int32_t> gate(kPositions, 1 << 20);
  static const std::vector<int32_t> wide_up(kPositions, 1 << 24);
  const std::string of = "/n:" + std::to_string(n);
  const Kernels* k = &kernels;
  register_body(kernels, "softmax_f32" + of, [=] { k->softmax_f32(x.data(), n, 0.35f); });
  register_body(kernels, "silu_mul_f32" + of, [=] { k->silu_mul_f32(x.data(), up.data(), n); });
  register_body(kernels, "silu_mul_i32" + of, [=] { k->silu_mul_i32(gate.data(), wide_up.data(), {1 << 30, 2}, n); });
}

}  // namespace
}  // namespace thimble

int main(int argc, char** argv) {
  using namespace thimble;
  for (const KernelSet& set : kKernelSets) {
    if (!set.runs_here() || set.kernels == &kRefKernels) continue;
    for (const Shape& shape : kShapes) {
      for (const size_t batch : {size_t{1}, kMostBatch}) register_products(*set.kernels, shape, batch);
    }
    for (const size_t length : {size_t{16}, size_t{100}, size_t{400}}) register_attention(*set.kernels, length);
    for (const size_t n : {size_t{100}, size_t{172}}) register_exponentials(*set.kernels, n);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
