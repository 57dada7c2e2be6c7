// An engine with its memory, ready to run, and the ways tests drive it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "thimble/thimble.hpp"
#include "tools/convert/image_bytes.h"

namespace thimble::testing {

// Hash of the logits of every token, from a fresh start. Throws std::runtime_error with the Status on failure.
uint64_t hash_of(Engine& engine, std::span<const uint32_t> tokens);

// Opens an image, plans over one unlimited block, and initialises an engine; throws std::runtime_error with the
// Status on failure. The image must outlive it.
class TestEngine {
 public:
  explicit TestEngine(std::span<const std::byte> image, const PlanOptions& options = {});

  Engine& engine() { return engine_; }
  const Model& model() const { return model_; }
  const Plan& plan() const { return plan_; }

  // Logits of every token, [tokens][vocab_size], from a fresh start.
  std::vector<std::vector<float>> logits(std::span<const uint32_t> tokens);
  uint64_t hash(std::span<const uint32_t> tokens) { return hash_of(engine_, tokens); }

 private:
  Model model_;
  Plan plan_;
  tools::ImageBytes memory_;
  Engine engine_;
};

// The same workers for stages of any size: those of small models, too.
Parallel sharing_all(Parallel parallel);

struct Generated {
  std::string text;
  std::vector<uint32_t> tokens;  // the whole sequence, prompt included
  FinishReason finish = FinishReason::kNone;
  uint64_t hash = 0;
};

// Runs a Generator to its end. Throws std::runtime_error when it cannot start or fails.
Generated generate(Engine& engine, std::string_view prompt, GeneratorParams params);

// Parameters for greedy text of at most `tokens` tokens.
GeneratorParams greedy(uint32_t tokens);

// `count` token ids below vocab_size from a seed.
std::vector<uint32_t> random_tokens(size_t count, uint32_t vocab_size, uint64_t seed);

// "malformed: rows of tensor 3: ..."
std::string to_string(const Status& status);

}  // namespace thimble::testing
