// One story: reads the prompt, tells, listens for a stop, and measures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "firmware/storyteller/listener.h"
#include "thimble/generator.h"

namespace thimble::storyteller {

struct StoryFigures {
  Status status;
  FinishReason finish = FinishReason::kNone;
  size_t prompt_tokens = 0;
  size_t tokens = 0;          // generated
  uint64_t prompt_ticks = 0;  // reading the prompt but for its last token
  uint64_t first_ticks = 0;   // from the start to the first token
  uint64_t story_ticks = 0;   // from the read prompt to the last token
  bool hash_asked = false;
  uint64_t hash = 0;  // of the logits, where it was asked for
};

class Story {
 public:
  explicit Story(Listener& listener) : listener_(listener) {}

  // Silent: nothing is written. A stop ends it at the next token, or between two sweeps of the prompt.
  enum class Voice : bool { kSilent, kAloud };
  StoryFigures tell(Engine& engine, std::string_view prompt, const GeneratorParams& params, Voice voice);

 private:
  static void on_prompt(void* self, size_t read, size_t total);

  Listener& listener_;
  std::optional<Generator> generator_;  // some kilobytes, which a stack need not hold
};

// "prompt 5 tokens in 0.03 s (...)", for the log.
void log_figures(const StoryFigures& figures, uint64_t seed);

}  // namespace thimble::storyteller
