// Prints the hashes of every fixture, and of the real models where they are at hand, for each type of weights and of
// kv cache: one line each, the same for every compiler, optimisation level, kernel set and machine. With --expect FILE
// nothing is printed but the lines that differ from those of the file; tests/golden/hashes.txt has them all. With
// --images FOLDER models are converted only where the folder does not have them yet: conversions take most of the time.
//
// Each run is made twice: plain, and under everything that must not matter: sweeps of eight tokens, four workers, and a
// processor that flushes subnormals and rounds downwards.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ports/port.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/model_fixture.h"
#include "tests/support/shared_models.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace {

using namespace thimble;

// For its lifetime: FTZ, DAZ and rounding downwards, where this program knows how.
class DisturbedModes {
 public:
#if defined(__SSE__)
  DisturbedModes() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040 | 0x2000); }
  ~DisturbedModes() { _mm_setcsr(saved_); }
  DisturbedModes(const DisturbedModes&) = delete;
  DisturbedModes& operator=(const DisturbedModes&) = delete;

 private:
  unsigned saved_;
#endif
};

std::string hex(uint64_t hash) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

uint64_t hash_of(std::span<const uint32_t> tokens) {
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a, a token at a time
  for (const uint32_t token : tokens) hash = (hash ^ token) * 0x100000001b3u;
  return hash;
}

// Hashes of the logits of random tokens, of the logits of sampled text, and of its tokens.
std::string probe(std::span<const std::byte> image, KvType kv_type) {
  testing::TestEngine plain(image, {.kv_type = kv_type});
  testing::TestEngine split(image, {.max_batch = 8, .kv_type = kv_type, .max_workers = 4});
  const port::Workers pool(4);
  if (!split.engine().set_parallel(pool.parallel()).ok()) throw std::runtime_error("no workers");
  const ModelConfig& config = plain.model().config();
  const auto tokens = testing::random_tokens(std::min<size_t>(48, config.max_context), config.vocab_size, 1);
  GeneratorParams params;
  params.sampler.seed = 42;
  params.max_tokens = 48;
  params.ignore_eos = true;

  const uint64_t hash = plain.hash(tokens);
  const testing::Generated text = testing::generate(plain.engine(), "", params);
  [[maybe_unused]] const DisturbedModes modes;
  const uint64_t disturbed_hash = split.hash(tokens);
  const testing::Generated disturbed_text = testing::generate(split.engine(), "", params);
  if (hash != disturbed_hash || text.hash != disturbed_text.hash || text.tokens != disturbed_text.tokens) {
    throw std::runtime_error("batches, workers or the floating-point mode changed the bits");
  }
  return hex(hash) + ' ' + hex(text.hash) + ' ' + hex(hash_of(text.tokens));
}

using Hashes = std::map<std::string, std::string>;  // by model and types

// The image in `path`, made by `convert` and put there when it is not. An empty path: nothing is kept.
template <class Convert>
tools::ImageBytes image_in(const std::string& path, const Convert& convert) {
  if (!path.empty() && std::filesystem::exists(path)) {
    const std::vector<std::byte> bytes = testing::read_file(path);
    tools::ImageBytes image(bytes.size());
    std::copy(bytes.begin(), bytes.end(), image.span().begin());
    return image;
  }
  tools::ImageBytes image = convert();
  if (!path.empty()) {
    const auto bytes = std::as_const(image).span();
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  return image;
}

// Every type of weights with every type of kv cache. `convert` makes an image of a type.
template <class Convert>
void probe_types(const std::string& model, const std::string& folder, const Convert& convert, Hashes* hashes) {
  using tools::WeightType;
  for (const WeightType weights :
       {WeightType::kF32, WeightType::kF16, WeightType::kQ8, WeightType::kQ4, WeightType::kMixed}) {
    const std::string kind = model + "-" + tools::weight_type_name(weights);
    const std::string path = folder.empty() ? "" : folder + "/" + kind + ".thm";
    const tools::ImageBytes image = image_in(path, [&] { return convert(weights); });
    for (const KvType kv_type : {KvType::kF32, KvType::kI8}) {
      (*hashes)[kind + "-kv-" + kv_type_name(kv_type)] = probe(std::as_const(image).span(), kv_type);
    }
  }
}

Hashes probe_all(const std::string& folder) {
  Hashes hashes;
  for (const auto& spec : testing::all_specs()) {
    const testing::Fixture fixture = testing::make_fixture(spec);
    const auto convert = [&](tools::WeightType weights) { return testing::to_thm(fixture, weights); };
    probe_types("fixture" + std::to_string(spec.seed), folder, convert, &hashes);
  }
  if (!std::filesystem::exists(testing::shared_folder() / "models")) return hashes;
  for (const auto& model : testing::shared_models()) {
    const auto convert = [&](tools::WeightType weights) {
      return testing::import_shared(model.checkpoint, model.tokenizer, weights);
    };
    probe_types(model.name, folder, convert, &hashes);
  }
  return hashes;
}

Hashes read_hashes(const std::string& path) {
  std::ifstream file(path);
  Hashes hashes;
  for (std::string name, rest; file >> name && std::getline(file >> std::ws, rest);) hashes[name] = rest;
  if (hashes.empty()) throw std::runtime_error(path + ": no hashes there");
  return hashes;
}

// Prints what differs; false when anything does.
bool agree(const Hashes& found, const Hashes& expected) {
  bool same = true;
  for (const auto& [name, hash] : found) {
    const auto known = expected.find(name);
    if (known != expected.end() && known->second == hash) continue;
    same = false;
    std::printf("%s\n  found    %s\n  expected %s\n", name.c_str(), hash.c_str(),
                known == expected.end() ? "none" : known->second.c_str());
  }
  return same;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::map<std::string, std::string> options;
    for (int i = 1; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
    const Hashes hashes = probe_all(options["--images"]);
    if (!options["--expect"].empty()) {
      if (!agree(hashes, read_hashes(options["--expect"]))) return 1;
      std::printf("%zu combinations of model, weights and kv cache agree\n", hashes.size());
      return 0;
    }
    for (const auto& [name, hash] : hashes) std::printf("%s %s\n", name.c_str(), hash.c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hash_probe: %s\n", error.what());
    return 1;
  }
}
