#include "firmware/storyteller/story.h"

#include "firmware/storyteller/numbers.h"
#include "ports/line.h"

namespace thimble::storyteller {

StoryFigures Story::tell(Engine& engine, std::string_view prompt, const GeneratorParams& params, Voice voice) {
  const auto say = [voice](std::string_view text) {
    if (voice == Voice::kAloud) port::write_text(text);
  };
  GeneratorParams listening = params;
  listening.on_prompt = {on_prompt, this};
  Generator& generator = generator_.emplace(engine, listening);

  StoryFigures figures;
  const uint64_t start = port::ticks();
  figures.status = generator.start(prompt);
  figures.prompt_ticks = port::ticks() - start;
  if (!figures.status.ok()) return figures;
  say(prompt);
  while (const Piece piece = generator.next()) {
    if (figures.first_ticks == 0) figures.first_ticks = port::ticks() - start;
    say(piece.text());
    port::yield();
    if (listener_.stop_asked()) generator.cancel();
  }
  figures.story_ticks = port::ticks() - start - figures.prompt_ticks;
  say("\n");

  figures.status = generator.status();
  figures.finish = generator.finish_reason();
  figures.prompt_tokens = generator.prompt_tokens();
  figures.tokens = generator.generated_tokens();
  figures.hash_asked = params.hash_logits;
  figures.hash = generator.logits_hash();
  return figures;
}

void Story::on_prompt(void* self, size_t, size_t) {
  auto* const story = static_cast<Story*>(self);
  port::yield();
  if (story->listener_.stop_asked()) story->generator_->cancel();
}

void log_figures(const StoryFigures& figures, uint64_t seed) {
  const auto seconds = [](uint64_t ticks) { return decimal(hundredths_of_second(ticks), 2); };
  const auto rate = [](size_t tokens, uint64_t ticks) { return decimal(hundredths_per_second(tokens, ticks), 2); };
  if (figures.finish == FinishReason::kCancelled) port::log_line("stopped");
  if (figures.finish == FinishReason::kContextFull) port::log_line("the context is full, so the story ends here");
  const size_t read = figures.prompt_tokens > 0 ? figures.prompt_tokens - 1 : 0;  // the last one is the story's first
  port::log_line("prompt: ", figures.prompt_tokens, " tokens, ", seconds(figures.prompt_ticks), " s, ",
                 rate(read, figures.prompt_ticks), " a second; story: ", figures.tokens, " tokens, ",
                 seconds(figures.story_ticks), " s, ", rate(figures.tokens, figures.story_ticks), " a second");
  port::log_line("first token after ", seconds(figures.first_ticks), " s; seed ", seed);
}

}  // namespace thimble::storyteller
