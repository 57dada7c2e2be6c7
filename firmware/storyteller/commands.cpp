// What can be typed: a prompt, a setting, a command.

#include <array>

#include "firmware/storyteller/bench.h"
#include "firmware/storyteller/card_advice.h"
#include "firmware/storyteller/numbers.h"
#include "firmware/storyteller/plain_text.h"
#include "firmware/storyteller/storyteller.h"
#include "ports/line.h"
#include "thimble/version.h"

namespace thimble::storyteller {

using port::print_line;

struct Command {
  std::string_view name;
  const char* meaning;
  bool needs_model;
  void (Storyteller::*run)(std::string_view argument);

  static const std::array<Command, 7> kAll;
};

constexpr std::array<Command, 7> Command::kAll = {{
    {"/help", "this list", false, &Storyteller::help},
    {"/stop", "ends the story at the next token; so does Ctrl-C", false, &Storyteller::stop},
    {"/stats", "the model, the settings, the last story in figures", true, &Storyteller::stats},
    {"/model", "lists the models; /model 2 takes the second", false, &Storyteller::models},
    {"/bench", "measures, and prints one line to report", true, &Storyteller::bench},
    {"/selftest", "proves that this board computes what every other does", true, &Storyteller::self_test},
    {"/mem", "memory: free, least free, stack, checks", false, &Storyteller::show_memory},
}};

void Storyteller::answer(std::string_view line) {
  if (line.empty()) return;
  if (line.front() != '/') return tell(line, settings_.next_seed());
  const size_t space = std::min(line.find(' '), line.size());
  const std::string_view name = line.substr(0, space);
  const std::string_view argument = strip(line.substr(space));
  if (settings_.handle(name, argument)) return;
  for (const Command& command : Command::kAll) {
    if (command.name != name) continue;
    if (command.needs_model && !session_.ready()) return print_line("there is no model; /model says why");
    return (this->*command.run)(argument);
  }
  if (wifi_.handle(name, argument)) return;
  if (upkeep_.handle(web_, name, argument)) return;
  print_line(PlainText(name), ": no such command; /help lists them");
}

void Storyteller::help(std::string_view) {
  print_line("Type how a story begins. The board's button tells a new one. What you can set, until the power goes:");
  Settings::show_help();
  print_line("What you can ask:");
  for (const Command& command : Command::kAll) print_line(command.name, "  ", command.meaning);
  Wifi::show_help();
  Upkeep::show_help();
}

void Storyteller::stop(std::string_view) { print_line("no story is being told"); }

void Storyteller::stats(std::string_view) {
  print_line("model: ", PlainText(session_.model().about_text("name", "without a name")), " from ",
             session_.source()->kind_name(), session_.source()->name, ", ", session_.source()->bytes,
             " bytes, context ", session_.plan().options.context);
  settings_.show();
  if (last_.finish == FinishReason::kNone) return print_line("no story yet");
  print_line("last story: seed ", last_seed_, ", ", last_.tokens, " tokens, ",
             decimal(hundredths_per_second(last_.tokens, last_.story_ticks), 2), " a second, ended by ",
             finish_reason_name(last_.finish));
  if (last_.hash_asked) print_line("logits hash: ", hex(last_.hash));
  if (last_reading_.reads > 0) log_reading(last_reading_, last_.prompt_ticks + last_.story_ticks);
}

void Storyteller::models(std::string_view argument) {
  sources_.look_at_card(session_.source());
  if (argument.empty()) return list_models();
  const size_t count = sources_.count();
  const auto number = parse_whole(argument);
  if (!number || *number < 1 || *number > count) {
    return print_line("/model takes a number from 1 to ", count, ", or nothing, to list them");
  }
  switch_model(static_cast<size_t>(*number - 1));
}

void Storyteller::list_models() {
  for (size_t i = 0; i < sources_.count(); ++i) {
    const ModelSource& source = sources_.at(i);
    const port::Line start(i + 1, " ", source.kind_name(), source.name);
    if (session_.source() == &source) {
      print_line(start.text(), ": tells, ", source.bytes, " bytes");
    } else if (source.state == ModelSource::State::kGood) {
      print_line(start.text(), ": good, ", source.bytes, " bytes");
    } else if (source.state == ModelSource::State::kRefused) {
      print_line(start.text(), ": passed over: ", source.why);
    } else {
      print_line(start.text(), source.state == ModelSource::State::kAbsent ? ": nothing there" : ": not tried");
    }
    const char* const advice = source.kind == ModelSource::Kind::kFile ? card_advice(source.why) : nullptr;
    if (advice != nullptr) print_line("  ", advice);
  }
}

void Storyteller::switch_model(size_t index) {
  const bool told = session_.ready();
  ModelSource* const wanted = &sources_.at(index);
  if (wanted->is_bare_card()) return print_line("there is no model on the card; /model says why");
  if (!take_model(wanted).ok()) {
    print_line(wanted->name, wanted->state == ModelSource::State::kAbsent ? ": there is no model" : ": not good",
               told ? "; the one before goes on" : "");
  }
  if (session_.ready()) print_line(session_.source()->name, " tells now, with the settings that it recommends");
}

void Storyteller::bench(std::string_view) { run_bench(session_, story_, facts_); }

void Storyteller::self_test(std::string_view) { log_proof(session_.prove(&listener_)); }

void Storyteller::show_memory(std::string_view) {
  for (const Region region : {Region::kFast, Region::kBulk}) {
    const port::MemoryState state = port::memory_state(region);
    if (state.total == 0) continue;
    print_line(region_name(region), ": ", state.free, " bytes free of ", state.total, " on the heap, least ever ",
               state.least_free, ", largest block ", state.largest_block);
  }
  if (const size_t unused = port::unused_stack()) print_line("stack never used: ", unused, " bytes");
  print_line("heap: ", port::heap_is_sound() ? "sound" : "DAMAGED",
             "; guards of the engine's memory: ", memory_.guards_intact() ? "sound" : "DAMAGED");
  if (session_.ready()) session_.report_memory();
}

}  // namespace thimble::storyteller
