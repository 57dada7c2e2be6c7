// thimble run: one prompt, one text.

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/generation.h"
#include "apps/cli/plain_text.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble run stories.thm                                 a story from nothing\n"
    "  thimble run stories.thm -p \"Once upon a time\" -s 7      the same story every time\n"
    "  echo \"One day\" | thimble run stories.thm -n 40 -q       40 tokens, and nothing on stderr\n"
    "  while read -r line; do thimble run stories.thm -p \"$line\" --echo -q; done < openings.txt\n"
    "  thimble run stories260K.bin --tokenizer tok512.bin --temp 0\n"
    "  thimble run stories15M.thm --memory 2M                  most weights are read from the file for every token\n\n"
    "Without MODEL it is the story model that ships. Sampling that is not given comes from the model file, then from\n"
    "the defaults in brackets. Standard input is read only where neither -p nor -f is given, and then to its end. A\n"
    "text from a file or from standard input is UTF-8; a byte-order mark is dropped, CR LF is read as LF, and one\n"
    "newline at its end is not part of the prompt. A text in -p is taken as typed. stdout receives exactly the\n"
    "generated text, with --echo behind the prompt; on a terminal it is closed with a newline and control characters\n"
    "are shown as ^X. Ctrl-C stops within one token.\n";

class RunCommand : public Command {
 public:
  explicit RunCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  std::string prompt_name() const { return text_.file.empty() || text_.file == "-" ? "prompt" : text_.file; }
  void read_prompt(Generation& generation, const std::string& prompt) const;
  [[noreturn]] void refuse_long_prompt(const Generation& generation, uint64_t tokens) const;
  void show_prompt(const std::string& prompt, GeneratedText* out) const;
  void write_results(const Generator& generator) const;

  ModelOptions model_;
  TextOptions text_;
  GenerationOptions generation_;
  EngineOptions engine_;
  ReportOptions report_;
  bool echo_ = false;  // the prompt on stdout, before the text
  bool display_prompt_ = true;
  bool ids_ = false;
};

RunCommand::RunCommand(CLI::App& app) {
  model_.declare(app);
  text_.declare(app);
  generation_.declare(app);
  engine_.declare(app);
  engine_.declare_streaming(app);
  report_.declare(app);
  add_flag(app, "--echo", &echo_, "Write the prompt to stdout, too, before the text");
  add_off_flag(app, "--no-display-prompt", &display_prompt_, "Do not show the prompt on a terminal");
  add_flag(app, "--ids", &ids_, "Print all token ids on stderr at the end");
  add_flag(app, "--hash", &generation_.hash_logits, "Print a hash of the logits, equal on every machine, on stderr");
}

int RunCommand::run(const Invocation& invocation) {
  Notes notes = invocation.notes;
  model_.check_or_use_shipped(invocation.command, &notes);
  engine_.check(&notes);
  generation_.check(text_.escapes);
  text_.check();

  LoadedModel loaded = engine_.streamed ? open_streamed(model_) : load_model_to_run(model_);
  const std::string prompt = read_text(text_);
  Generation generation(std::move(loaded), generation_, engine_, report_, notes, prompt.size());
  host::catch_interrupts();
  read_prompt(generation, prompt);

  generation.write_opening();
  GeneratedText out;
  show_prompt(prompt, &out);
  if (generation_.predict != 0) generation.generate([&](std::string_view piece) { out.write(piece); });
  out.end();
  check(generation.generator().status(), generation.loaded().path);
  generation.loaded().file.check_unchanged();
  write_results(generation.generator());
  if (!report_.quiet) generation.write_summary();
  return host::interrupted() ? host::kInterruptedExit : 0;
}

void RunCommand::read_prompt(Generation& generation, const std::string& prompt) const {
  const Status status = generation.read([&] { return generation.generator().start(prompt); });
  if (status.code() == Code::kContextFull) refuse_long_prompt(generation, status.found());
  check(status, prompt_name());
}

// With the true length of the prompt, and what helps against it.
void RunCommand::refuse_long_prompt(const Generation& generation, uint64_t tokens) const {
  std::string refusal = prompt_name() + ": context full: found " + std::to_string(tokens) + " tokens, at most " +
                        std::to_string(generation.context()) + "; shorten the text";
  const uint32_t most = most_context(generation.loaded().model, generation.plan().options.kv_type);
  if (tokens < most) refusal += " or raise the context with -c, up to " + std::to_string(most);
  throw Failure(refusal);
}

// In front of the text on stdout where that was asked for; else dimmed on stderr, for the eye alone.
void RunCommand::show_prompt(const std::string& prompt, GeneratedText* out) const {
  if (echo_) return out->write(prompt);
  const bool watched = host::is_terminal(host::Stream::kOut) && host::is_terminal(host::Stream::kErr);
  if (!watched || !display_prompt_ || prompt.empty()) return;
  const host::Style style = host::style_for(report_.color_choice(), host::Stream::kErr);
  const std::string shown = std::string(style.dim) + visible(prompt, true) + std::string(style.reset);
  std::fwrite(shown.data(), 1, shown.size(), stderr);
}

// What was asked for by name, --quiet or not.
void RunCommand::write_results(const Generator& generator) const {
  if (ids_) {
    std::string line = "ids:";
    for (const uint32_t id : generator.tokens()) line += ' ' + std::to_string(id);
    write_note(line);
  }
  if (generation_.hash_logits) {
    write_note(format("logits hash: %016llx", static_cast<unsigned long long>(generator.logits_hash())));
  }
}

}  // namespace

const CommandInfo kRun = {"run", "Generate text from a prompt", kExamples, declare_command<RunCommand>};

}  // namespace thimble::cli
