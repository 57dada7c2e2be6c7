// Prints the hash of every fixture, and of the real models where they are at hand: one line each, the same for every
// compiler, optimisation level and machine. ./test.sh compilers compares them. With --flush it first sets the
// processor's modes that flush subnormals and round downwards, which the engine must not be impressed by.

#include <cstdio>
#include <cstring>
#include <filesystem>

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

// Hashes of a text of random tokens, of the same in sweeps of eight, and of sampled text.
void probe(const char* name, std::span<const std::byte> image, bool disturb) {
  testing::TestEngine single(image);
  testing::TestEngine batched(image, {.max_batch = 8});
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
  std::printf("%s %016llx %016llx %016llx", name, one, eight, static_cast<unsigned long long>(out.hash));
  for (const uint32_t token : out.tokens) std::printf(" %u", token);
  std::printf("\n");
  if (one != eight) throw std::runtime_error("the batch changed the bits");
}

}  // namespace

int main(int argc, char** argv) {
  const bool disturb = argc > 1 && std::strcmp(argv[1], "--flush") == 0;
  try {
    for (const auto& spec : testing::all_specs()) {
      const auto image = testing::to_thm(testing::make_fixture(spec));
      probe(("fixture" + std::to_string(spec.seed)).c_str(), image.span(), disturb);
    }
    if (!std::filesystem::exists(testing::shared_folder() / "models")) return 0;
    for (const auto& model : testing::shared_models()) {
      probe(model.name.c_str(), testing::import_shared(model.checkpoint, model.tokenizer).span(), disturb);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hash_probe: %s\n", error.what());
    return 1;
  }
  return 0;
}
