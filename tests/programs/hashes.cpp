#include "tests/programs/hashes.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "engine/kv_int4/kv_int4.h"
#include "ports/port.h"
#include "tests/support/engine_fixture.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace thimble::testing {
namespace {

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
  TestEngine plain(image, {.kv_type = kv_type});
  TestEngine split(image, {.max_batch = 8, .kv_type = kv_type, .max_workers = 4});
  const port::Workers pool(4);
  if (!split.engine().set_parallel(testing::sharing_all(pool.parallel())).ok()) throw std::runtime_error("no workers");
  const ModelConfig& config = plain.model().config();
  const auto tokens = random_tokens(std::min<size_t>(48, config.max_context), config.vocab_size, 1);
  GeneratorParams params;
  params.sampler.seed = 42;
  params.max_tokens = 48;
  params.ignore_eos = true;

  const uint64_t hash = plain.hash(tokens);
  const Generated text = generate(plain.engine(), "", params);
  [[maybe_unused]] const DisturbedModes modes;
  const uint64_t disturbed_hash = split.hash(tokens);
  const Generated disturbed_text = generate(split.engine(), "", params);
  if (hash != disturbed_hash || text.hash != disturbed_text.hash || text.tokens != disturbed_text.tokens) {
    throw std::runtime_error("batches, workers or the floating-point mode changed the bits");
  }
  return hex(hash) + ' ' + hex(text.hash) + ' ' + hex(hash_of(text.tokens));
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

void add_hashes(const std::string& name, std::span<const std::byte> image, Hashes* hashes) {
  Model model;
  const bool wide = model.open(image).ok() && model.config().head_dim >= kMinI4HeadDim;
  for (const KvType kv_type : {KvType::kF32, KvType::kI8, KvType::kI4}) {
    if (kv_type == KvType::kI4 && !(wide && kv_int4::kLinked)) continue;
    (*hashes)[name + "-kv-" + kv_type_name(kv_type)] = probe(image, kv_type);
  }
}

int report(const Hashes& hashes, const std::string& expected) {
  if (expected.empty()) {
    for (const auto& [name, hash] : hashes) std::printf("%s %s\n", name.c_str(), hash.c_str());
    return 0;
  }
  if (!agree(hashes, read_hashes(expected))) return 1;
  std::printf("%zu combinations of model, weights and kv cache agree\n", hashes.size());
  return 0;
}

}  // namespace thimble::testing
