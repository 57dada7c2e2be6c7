// The same text several times over one engine's memory: generated, counted, counted by stage. Each pass must choose the
// same tokens.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "firmware/emu/options.h"
#include "firmware/emu/stages.h"
#include "thimble/engine.h"
#include "thimble/generator.h"

namespace thimble::emu {

// What every pass starts from; views what the program owns.
struct Task {
  const Options* options = nullptr;
  const Model* model = nullptr;
  Plan plan;
  Memory memory;
  std::string_view prompt;
  WeightReader reader;  // for a model that is streamed
};

// The sequence, prompt included, kept outside of the engine's memory.
struct Sequence {
  std::span<uint32_t> ids;  // room for a whole context
  size_t count = 0;
  size_t prompt = 0;

  std::span<const uint32_t> all() const { return std::span<const uint32_t>(ids).first(count); }
};

// Prints the text, with `ids:` and `logits hash:` where they were asked for.
Status generate(const Task& task, Sequence* out);

// Prints the instructions of reading the prompt and of each token, as a generator spends them. kMismatch when the
// tokens are not those of `expected`.
Status count_instructions(const Task& task, const Sequence& expected);

// Prints the instructions by stage. The engine and the sampler run as in a generator; what lies between the stages is
// not counted. kMismatch as above.
Status count_stages(const Task& task, const Sequence& expected);

// Prints "selftest passed", or answers kMismatch; kUnsupported when the file states no hash.
Status check_selftest(const Task& task);

}  // namespace thimble::emu
