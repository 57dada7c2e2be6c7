#include "firmware/storyteller/bench.h"

#include <algorithm>
#include <array>

#include "firmware/storyteller/numbers.h"
#include "firmware/storyteller/plain_text.h"
#include "ports/line.h"
#include "thimble/selftest.h"
#include "thimble/version.h"

namespace thimble::storyteller {
namespace {

using port::print;

constexpr size_t kRuns = 5;            // an odd number has a median; runs of one board differ by a quarter
constexpr uint64_t kSeed = 42;         // of `thimble run -s 42 -n 100 --hash`, which says what the hash should be
constexpr uint32_t kMostTokens = 100;  // a large model on a slow board is done in minutes

struct Figures {
  std::array<uint64_t, kRuns> rates;  // sorted, hundredths of a token per second
  uint64_t hash = 0;
  size_t tokens = 0;
  Status status;
  bool stopped = false;
};

// The first run is for the hash, which costs time, and warms the caches.
Figures measure(Session& session, Story& story) {
  GeneratorParams params;
  params.sampler = model_sampling(session.model());
  params.sampler.seed = kSeed;
  params.max_tokens = kMostTokens;
  Figures figures;
  for (size_t run = 0; run <= kRuns; ++run) {
    params.hash_logits = run == 0;
    const StoryFigures told = story.tell(session.engine(), opening(session.model(), 0), params, Story::Voice::kSilent);
    figures.status = told.status;
    figures.stopped = told.finish == FinishReason::kCancelled;
    if (!told.status.ok() || figures.stopped) return figures;
    figures.tokens = told.tokens;
    if (run == 0)
      figures.hash = told.hash;
    else
      figures.rates[run - 1] = hundredths_per_second(told.tokens, told.story_ticks);
  }
  std::sort(figures.rates.begin(), figures.rates.end());
  return figures;
}

const char* psram_name(port::Psram psram) {
  switch (psram) {
    case port::Psram::kOff:
      return "off";
    case port::Psram::kNotFound:
      return "not found";
    case port::Psram::kFound:
      break;
  }
  return "found";
}

// Null is not known.
PlainText known(const char* text) { return PlainText(text != nullptr ? text : ""); }

}  // namespace

std::string_view opening(const Model& model, uint64_t index) {
  constexpr std::array kKeys = {"prompt.0", "prompt.1", "prompt.2", "prompt.3"};
  size_t count = 0;
  while (count < kKeys.size() && !model.about_text(kKeys[count]).empty()) ++count;
  return count > 0 ? model.about_text(kKeys[static_cast<size_t>(index % count)]) : "Once upon a time";
}

void run_bench(Session& session, Story& story, const port::BoardFacts& facts) {
  const Figures figures = measure(session, story);
  if (!figures.status.ok()) return port::print_line("/bench failed: ", figures.status);
  if (figures.stopped) return port::print_line("/bench was stopped");
  print("{\"bench\":\"storyteller\",\"version\":\"", THIMBLE_VERSION, "\",\"sdk\":\"", known(facts.sdk), "\"");
  print(",\"chip\":\"", known(facts.chip), "\",\"revision\":", facts.revision,
        ",\"workers\":", session.plan().options.max_workers, ",\"cpu_mhz\":", facts.cpu_mhz);
  print(",\"flash_mode\":\"", known(facts.flash_mode), "\",\"flash_mhz\":", facts.flash_mhz);
  print(",\"psram\":\"", psram_name(facts.psram), "\",\"psram_mode\":\"", known(facts.psram_mode),
        "\",\"psram_mhz\":", facts.psram_mhz, ",\"psram_bytes\":", facts.psram_bytes);
  print(",\"cache_bytes\":", facts.data_cache_bytes, ",\"cache_line\":", facts.data_cache_line_bytes,
        ",\"wifi\":false");
  print(",\"model\":\"", PlainText(session.model().about_text("name")), "\",\"model_bytes\":", session.source()->bytes,
        ",\"from\":\"", PlainText(session.source()->name), "\"");
  print(",\"context\":", session.plan().options.context, ",\"resident_bytes\":", session.plan().resident_bytes,
        ",\"kernels\":\"", kernels_name(), "\",\"runs\":", kRuns, ",\"tokens\":", figures.tokens);
  print(",\"tokens_per_second\":{\"median\":", decimal(figures.rates[kRuns / 2], 2),
        ",\"min\":", decimal(figures.rates.front(), 2), ",\"max\":", decimal(figures.rates.back(), 2), "}");
  port::print_line(",\"hash\":\"", hex(figures.hash), "\"}");
}

}  // namespace thimble::storyteller
