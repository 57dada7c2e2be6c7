// Prints the hashes of every fixture, and of the real models where they are at hand, for each type of weights and of
// kv cache: one line each, the same for every compiler, optimisation level, kernel set and machine. ./test.sh compilers
// compares them. With --flush it first sets the processor's modes that flush subnormals and round downwards, which the
// engine must not be impressed by.

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "ports/port.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"
#include "tests/support/shared_models.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace {

using namespace thimble;

// For its lifetime, where asked for: FTZ, DAZ and rounding downwards.
class DisturbedModes {
 public:
#if defined(__SSE__)
  explicit DisturbedModes(bool disturb) : saved_(_mm_getcsr()) {
    if (disturb) _mm_setcsr(saved_ | 0x8040 | 0x2000);
  }
  ~DisturbedModes() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#else
  explicit DisturbedModes(bool) {}
#endif
};

// Hashes of a text of random tokens alone, in sweeps of eight by four workers, and of sampled text.
void probe(const std::string& name, std::span<const std::byte> image, KvType kv_type, bool disturb) {
  testing::TestEngine single(image, {.kv_type = kv_type});
  testing::TestEngine batched(image, {.max_batch = 8, .kv_type = kv_type, .max_workers = 4});
  const port::Workers pool(4);
  if (!batched.engine().set_parallel(pool.parallel()).ok()) throw std::runtime_error("no workers");
  const ModelConfig& config = single.model().config();
  const auto tokens = testing::random_tokens(std::min<size_t>(48, config.max_context), config.vocab_size, 1);
  GeneratorParams params;
  params.sampler.seed = 42;
  params.max_tokens = 48;
  params.ignore_eos = true;
  const DisturbedModes modes(disturb);
  const auto one = static_cast<unsigned long long>(single.hash(tokens));
  const auto eight = static_cast<unsigned long long>(batched.hash(tokens));
  const testing::Generated out = testing::generate(batched.engine(), "", params);
  std::printf("%s %016llx %016llx %016llx", name.c_str(), one, eight, static_cast<unsigned long long>(out.hash));
  for (const uint32_t token : out.tokens) std::printf(" %u", token);
  std::printf("\n");
  if (one != eight) throw std::runtime_error("batch or workers changed the bits");
}

// Every type of weights with every type of kv cache. `convert` makes an image of a type.
template <class Convert>
void probe_profiles(const std::string& name, const Convert& convert, bool disturb) {
  using tools::WeightType;
  for (const WeightType weights :
       {WeightType::kF32, WeightType::kF16, WeightType::kQ8, WeightType::kQ4, WeightType::kMixed}) {
    const tools::ImageBytes image = convert(weights);
    for (const KvType kv_type : {KvType::kF32, KvType::kI8}) {
      probe(name + "-" + tools::weight_type_name(weights) + "-kv-" + kv_type_name(kv_type), std::as_const(image).span(),
            kv_type, disturb);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool disturb = argc > 1 && std::strcmp(argv[1], "--flush") == 0;
  try {
    for (const auto& spec : testing::all_specs()) {
      const testing::Fixture fixture = testing::make_fixture(spec);
      probe_profiles(
          "fixture" + std::to_string(spec.seed),
          [&](tools::WeightType weights) { return testing::to_thm(fixture, weights); }, disturb);
    }
    if (!std::filesystem::exists(testing::shared_folder() / "models")) return 0;
    for (const auto& model : testing::shared_models()) {
      probe_profiles(
          model.name,
          [&](tools::WeightType weights) { return testing::import_shared(model.checkpoint, model.tokenizer, weights); },
          disturb);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hash_probe: %s\n", error.what());
    return 1;
  }
  return 0;
}
