// What single parts of the engine take: a stage that the host's workers share, and the products of every kernel set
// that runs here, in the shapes of a model of 15 million weights. By google-benchmark, whose options it takes.

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
constexpr Shape kShapes[] = {{"wo", 288, 288}, {"gate", 768, 288}, {"down", 288, 768}, {"classifier", 32000, 288}};

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

}  // namespace
}  // namespace thimble

int main(int argc, char** argv) {
  using namespace thimble;
  for (const KernelSet& set : kKernelSets) {
    if (!set.runs_here() || set.kernels == &kRefKernels) continue;
    for (const Shape& shape : kShapes) {
      for (const size_t batch : {size_t{1}, kMostBatch}) register_products(*set.kernels, shape, batch);
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
