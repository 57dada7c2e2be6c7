#include "firmware/storyteller/storyteller.h"

#include "firmware/storyteller/bench.h"
#include "firmware/storyteller/board_report.h"
#include "firmware/storyteller/card_advice.h"
#include "firmware/storyteller/memory_test.h"
#include "firmware/storyteller/numbers.h"
#include "ports/line.h"

namespace thimble::storyteller {
namespace {

using port::log_line;

constexpr uint32_t kPatienceMilliseconds = 50;  // between two looks at the button

// Octal PSRAM is three times as quick as flash, quad PSRAM no quicker (or slower, on an ESP32).
bool quicker_than_flash(const port::BoardFacts& facts) {
  return facts.psram_mode == nullptr || std::string_view(facts.psram_mode) != "quad";
}

// A slot without a card is no fault.
void report_card(const Status& status) {
  if (status.ok() || status.code() == Code::kNotReady) return;
  log_line("card: ", status);
  if (const char* advice = card_advice(status)) log_line(advice);
}

void show_prompt() {
  port::write_text("> ");
  port::yield();
}

}  // namespace

Storyteller::Storyteller(const Options& options)
    : facts_(port::board_facts()),
      wifi_(facts_),
      web_(facts_, upkeep_),
      pieces_(port::memory_pieces()),
      test_memory_(options.test_memory),
      workers_(port::core_count()),
      sources_(options.model_file, options.built_in),
      session_(memory_, workers_.parallel(), quicker_than_flash(facts_)),
      story_(listener_) {}

void Storyteller::start() {
  const uint64_t begin = port::ticks();
  report_board(facts_);
  warn_of_settings(facts_);
  take_memory();
  load_first_good();
  log_line("ready after ", decimal(hundredths_of_second(port::ticks() - begin), 2),
           " s; /help lists what the console can do");
  if (session_.ready()) tell_new_story();
  show_prompt();
}

// The console has its turn between two texts of clients, and a client between two lines of the console.
void Storyteller::serve() {
  web_.report();
  if (wifi_.report()) show_prompt();
  upkeep_.look(web_, sources_, session_.source());
  if (ModelSource* const wanted = upkeep_.take_wish(web_, sources_, session_.source())) {
    upkeep_.granted(web_, take_model(wanted));
  }
  const bool worked = web_.step();
  if (web_.is_telling()) return port::yield();
  std::string_view line;
  if (listener_.next_line(worked ? 0 : kPatienceMilliseconds, &line)) {
    answer(strip(line));
    show_prompt();
  } else if (listener_.take_button()) {
    tell_new_story();
    show_prompt();
  } else {
    listener_.forget_interrupt();  // only now: one that came right behind a line is meant for its story
  }
  port::yield();
}

// The pieces that hold what is written to them.
void Storyteller::take_memory() {
  for (const port::MemoryPiece& piece : pieces_) {
    const bool test = test_memory_ && piece.region == Region::kBulk;
    const MemoryFault fault = test ? test_memory(piece.bytes) : MemoryFault();
    if (fault.bad_reads == 0) {
      memory_.add(piece);
      continue;
    }
    log_line("warning: memory test: ", fault.bad_reads, " of ", piece.bytes.size() / sizeof(uint32_t) * 2,
             " reads were wrong, first at 0x", hex(reinterpret_cast<uintptr_t>(fault.first_bad)));
    log_line("going on without these ", piece.bytes.size(), " bytes of ", region_name(piece.region), " memory");
  }
  web_.take_memory(&memory_);
}

bool Storyteller::load(ModelSource* source) {
  web_.detach();
  const bool loaded = session_.load(source, sources_.built_in());
  web_.attach(session_);
  return loaded;
}

void Storyteller::load_first_good() {
  sources_.look_at_card(nullptr);
  report_card(sources_.card_status());
  ModelSource* const chosen = upkeep_.chosen(sources_);
  if (chosen != nullptr) (void)load(chosen);
  for (size_t i = 0; i < sources_.count() && !session_.ready(); ++i) {
    ModelSource& source = sources_.at(i);
    if (!source.is_bare_card() && &source != chosen) (void)load(&source);
  }
  upkeep_.loaded(web_, sources_, session_.source(), false);
  upkeep_.proved(session_.proved());
  if (session_.ready()) {
    settings_.take_from(session_.model());
  } else {
    log_line("error: there is no model to run; /model says why");
  }
  if (!session_.ready() || session_.is_short_of_memory()) advise_psram(facts_);
}

// The memory is one: the new model takes the old one's place, and gives it back where it is not good.
Status Storyteller::take_model(ModelSource* wanted) {
  ModelSource* const before = session_.source();
  if (!upkeep_.begin_load(web_, *wanted)) return Status::error(Code::kNotReady, "model that is being written");
  const bool good = load(wanted);
  const Status why = wanted->why;
  const bool tells = good || (before != nullptr && load(before));
  upkeep_.loaded(web_, sources_, session_.source(), good);
  if (tells) settings_.take_from(session_.model());
  return why;
}

void Storyteller::tell_new_story() {
  const uint64_t seed = settings_.draw_seed();
  if (session_.ready()) tell(opening(session_.model(), seed), seed);
}

// A card that comes back changes nothing about the story; who does not want to wait stops it.
bool Storyteller::wait_for_card(void* self, uint32_t tries) {
  auto& teller = *static_cast<Storyteller*>(self);
  if (tries == 1) {
    port::write_text("\n");
    log_line("the card does not answer; put it back, and the story goes on; /stop ends it");
  }
  const uint64_t from = port::ticks();
  do {
    port::yield();
    if (teller.listener_.stop_asked()) return false;
  } while (port::ticks() - from < port::ticks_per_second());
  return true;
}

void Storyteller::tell(std::string_view prompt, uint64_t seed) {
  if (!session_.ready()) return port::print_line("there is no model to tell with; /model says why");
  ModelFile* const file = session_.file();
  if (file != nullptr) {
    file->reset_figures();
    file->set_patience({wait_for_card, this});
  }
  last_ = story_.tell(session_.engine(), prompt, settings_.params(seed), Story::Voice::kAloud);
  last_seed_ = seed;
  upkeep_.told(last_.status.ok());
  last_reading_ = file != nullptr ? file->figures() : ReadFigures();
  if (file != nullptr) file->set_patience({});
  if (last_.status.code() == Code::kContextFull) {
    port::print_line("this is ", last_.status.found(), " tokens, and ", last_.status.expected(),
                     " are all that find room: shorten it");
  } else if (last_.status.code() == Code::kTextTooLong) {
    port::print_line("there is a word of more than 256 letters in this: put spaces into it");
  } else if (!last_.status.ok()) {
    port::print_line("the story broke off: ", last_.status);
    const char* const advice = file != nullptr ? card_advice(last_.status) : nullptr;
    if (advice != nullptr) port::print_line(advice);
  } else {
    log_figures(last_, seed);
    if (last_reading_.reads > 0) log_reading(last_reading_, last_.prompt_ticks + last_.story_ticks);
  }
  if (!memory_.guards_intact()) {
    log_line("error: something wrote beyond the engine's memory; please report this, with what was typed before");
  }
}

}  // namespace thimble::storyteller
