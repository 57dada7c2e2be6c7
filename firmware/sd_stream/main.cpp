// A story by a model that lies on a card and need not fit into memory: what finds no room is read for every token, the
// next piece while this one is multiplied. It takes the first .thm file of the card, tells, and says what the card had
// to do with it; the parts are the storyteller's.
//
//   arguments, on a desktop: the folder that plays the card (else THIMBLE_CARD names it), how the story begins, its
//   seed, its most tokens

#include <array>
#include <new>
#include <string_view>

#include "firmware/storyteller/card_advice.h"
#include "firmware/storyteller/engine_memory.h"
#include "firmware/storyteller/numbers.h"
#include "firmware/storyteller/opened_model.h"
#include "firmware/storyteller/plan_for_memory.h"
#include "ports/line.h"
#include "thimble/thimble.hpp"

#if !defined(SD_STREAM_TOKENS)
#define SD_STREAM_TOKENS 100  // menuconfig says otherwise
#endif

namespace {

using namespace thimble;
using namespace thimble::storyteller;
using port::log_line;

constexpr uint32_t kMostTries = 60;  // a second each: as long as a card may be away

port::FileName file;
ModelSource source;
EngineMemory memory;
OpenedModel opened;
Plan plan;
Engine engine;
alignas(Generator) std::byte generator_place[sizeof(Generator)];  // some kilobytes, which a stack need not hold

struct Story {
  std::string_view prompt = "Once upon a time";
  uint64_t seed = 42;
  uint32_t most_tokens = SD_STREAM_TOKENS;
};

Status find_model(const char* folder) {
  if (folder == nullptr) return Status::error(Code::kNotReady, "card");
  const Result<size_t> count = port::find_files(folder, ".thm", {&file, 1});
  if (!count.ok()) return count.status();
  if (*count == 0) return Status::error(Code::kNotReady, "model");
  source.kind = ModelSource::Kind::kFile;
  source.name = file.path;
  return {};
}

Status make_ready(const Parallel& parallel) {
  THIMBLE_RETURN_IF_ERROR(opened.open(&source, {}, &memory));
  const Memory lent = memory.memory(false);
  plan_for_memory(opened.model(), lent.describe(), parallel.workers, &plan);
  THIMBLE_RETURN_IF_ERROR(engine.init(opened.model(), plan, lent, opened.reader()));
  log_line(source.name, ": ", file.bytes, " bytes, ", plan.resident_bytes, " of them in memory, ", plan.streamed_bytes,
           " read for every token; context ", plan.options.context);
  return engine.set_parallel(parallel);
}

// A card that comes back within a minute changes nothing about the story.
bool wait_for_card(void*, uint32_t tries) {
  if (tries == 1) {
    port::write_text("\n");
    log_line("the card does not answer; put it back, and the story goes on");
  }
  const uint64_t from = port::ticks();
  while (port::ticks() - from < port::ticks_per_second()) port::yield();
  return tries < kMostTries;
}

Status tell(const Story& story) {
  GeneratorParams params;
  params.sampler = model_sampling(opened.model());
  params.sampler.seed = story.seed;
  params.max_tokens = story.most_tokens;
  params.hash_logits = true;
  params.on_prompt.fn = [](void*, size_t, size_t) { port::yield(); };
  auto& generator = *new (generator_place) Generator(engine, params);
  opened.file().reset_figures();
  opened.file().set_patience({wait_for_card, nullptr});
  const uint64_t from = port::ticks();
  THIMBLE_RETURN_IF_ERROR(generator.start(story.prompt));
  port::write_text(story.prompt);
  while (const Piece piece = generator.next()) {
    port::write_text(piece.text());
    port::yield();
  }
  port::write_text("\n");
  const uint64_t ticks = port::ticks() - from;
  log_line(generator.generated_tokens(), " tokens, ",
           decimal(hundredths_per_second(generator.generated_tokens(), ticks), 2), " a second");
  log_reading(opened.file().figures(), ticks);
  log_line("logits hash: ", hex(generator.logits_hash()));
  return generator.status();
}

int explain(const Status& status) {
  log_line("error: ", status);
  if (const char* advice = card_advice(status)) log_line(advice);
  return 1;
}

}  // namespace

int thimble_main(std::span<const char* const> arguments) {
  Story story;
  if (arguments.size() > 1) story.prompt = arguments[1];
  if (arguments.size() > 2) story.seed = parse_whole(arguments[2]).value_or(story.seed);
  if (arguments.size() > 3) story.most_tokens = static_cast<uint32_t>(parse_whole(arguments[3]).value_or(0));

  for (const port::MemoryPiece& piece : port::memory_pieces()) memory.add(piece);
  const port::Workers workers(port::core_count());
  Status status = find_model(arguments.empty() ? port::card_folder() : arguments[0]);
  if (status.ok()) status = make_ready(workers.parallel());
  if (status.ok()) status = tell(story);
  return status.ok() ? 0 : explain(status);
}
