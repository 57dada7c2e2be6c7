// Reads the command line with CLI11, and finds for what it refuses words that name the flag and end in what would do.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/habits.h"
#include "apps/cli/output.h"
#include "apps/cli/reference/reference.h"
#include "kernels/kernels.h"
#include "ports/host/file.h"
#include "thimble/version.h"

namespace thimble::cli {
namespace {

constexpr const char* kDescription =
    "Runs small language models of the Llama family, the same bits here as on a microcontroller.";
constexpr const char* kExamples =
    "Examples:\n"
    "  thimble convert stories15M.bin stories15M.thm --tokenizer tokenizer.bin\n"
    "  thimble run stories15M.thm -p \"Once upon a time\"\n"
    "  thimble run stories15M.thm -p \"Once upon a time\" --temp 0 -n 50 > story.txt\n"
    "  thimble help run\n\n"
    "The text goes to stdout, everything else to stderr. Whole numbers may end in k, M or G (powers of 1000) or in\n"
    "Ki, Mi or Gi (powers of 1024). Exit codes: 0 done, 1 failed, 2 wrong command line, 130 interrupted.\n";

// "thimble 0.1.0 (commit 1a2b3c4d5e6f, generic kernels)"; without a commit where the sources are no git checkout.
std::string version_text() {
  const std::string commit = THIMBLE_COMMIT;
  return std::string("thimble ") + THIMBLE_VERSION + " (" + (commit.empty() ? "" : "commit " + commit + ", ") +
         active_kernels().name + " kernels)";
}

class CommandLine {
 public:
  explicit CommandLine(const std::vector<std::string>& words);
  int run();

 private:
  std::string help_or_refusal(const CLI::ParseError& error) const;
  std::string as_typed(const std::string& flag) const;
  void refuse_single_dashes() const;
  void refuse_leftovers() const;
  [[noreturn]] void refuse_value(const CLI::ParseError& error) const;
  [[noreturn]] void refuse_command(const std::string& word) const;

  std::vector<std::string> words_;  // as typed
  Rewritten given_;                 // what they mean
  std::string reference_;           // empty: not asked for
  CLI::App app_{kDescription, "thimble"};
  std::vector<std::unique_ptr<Command>> commands_;  // as in kCommands
  const CLI::App* chosen_ = &app_;                  // the command that was named, if one was
  Command* command_ = nullptr;
};

CommandLine::CommandLine(const std::vector<std::string>& words) : words_(words), given_(apply_habits(words)) {
  app_.footer(kExamples);
  app_.set_version_flag("--version", version_text(), "Print the version, the commit and the kernels");
  app_.set_help_flag("-h,--help", "Print this help");
  add_choice(app_, "--reference", &reference_, {"man", "bash", "zsh", "fish"}, "KIND",
             "Print the manual page (man) or the completion of a shell");
  app_.require_subcommand(0, 1);
  app_.option_defaults()->take_last();  // as scripts that append a flag expect
  app_.allow_extras();
  for (const CommandInfo* info : kCommands) {
    CLI::App* app = app_.add_subcommand(info->name, info->description);
    app->footer(info->examples);
    app->allow_extras();  // refuse_leftovers() has better words
    commands_.push_back(info->declare(*app));
    if (given_.arguments.empty() || given_.arguments[0] != info->name) continue;
    chosen_ = app;
    command_ = commands_.back().get();
  }
}

int CommandLine::run() {
  if (words_.empty()) {
    std::fputs(app_.help().c_str(), stderr);
    return kExitUsage;
  }
  if (given_.arguments.empty()) refuse_command(words_[0]);
  refuse_single_dashes();
  try {
    app_.parse(std::vector<std::string>(given_.arguments.rbegin(), given_.arguments.rend()));  // from the back
  } catch (const CLI::ParseError& error) {
    write_product(help_or_refusal(error));
    return 0;
  }
  if (!reference_.empty()) {
    write_product(reference(app_, reference_));
    return 0;
  }
  if (command_ == nullptr) refuse_command(given_.arguments[0]);
  refuse_leftovers();
  return command_->run({chosen_->get_name(), words_, given_.notes});
}

// "-temp 0.5" would be read as -t emp: say what was meant.
void CommandLine::refuse_single_dashes() const {
  if (command_ == nullptr) return;
  for (size_t i = 1; i < given_.arguments.size(); ++i) {
    const std::string& word = given_.arguments[i];
    const std::string& last = given_.arguments[i - 1];
    const CLI::Option* before = chosen_->get_option_no_throw(last);
    const bool is_value = before != nullptr && before->get_items_expected_min() > 0 && last[0] == '-';
    if (is_value || word.size() < 3 || word[0] != '-' || word[1] == '-') continue;
    const std::string flag = "-" + word.substr(0, word.find('='));
    if (chosen_->get_option_no_throw(flag) == nullptr) continue;
    throw UsageError(word + ": did you mean " + flag + "?");
  }
}

std::string CommandLine::help_or_refusal(const CLI::ParseError& error) const {
  const std::string& name = error.get_name();
  if (name == "CallForHelp" || name == "CallForAllHelp") return chosen_->help(command_ == nullptr ? "" : "thimble");
  if (name == "CallForVersion") return std::string(error.what()) + "\n";
  refuse_value(error);
}

// What CLI11 says of a value, in our words.
void CommandLine::refuse_value(const CLI::ParseError& error) const {
  const std::string what = error.what();
  const size_t flag_at = std::min(what.find("--"), what.size());
  const size_t flag_end = std::min(what.find_first_of(": ", flag_at), what.size());
  const std::string flag = as_typed(what.substr(flag_at, flag_end - flag_at));
  if (error.get_name() == "ArgumentMismatch") throw UsageError(flag + ": needs a value");
  if (error.get_name() == "ConversionError") throw UsageError(flag + ": takes no value");  // all others are checked
  throw UsageError(flag + what.substr(flag_end));
}

// "--predict" as the user spelled it last: "-n", "--n-predict".
std::string CommandLine::as_typed(const std::string& flag) const {
  const CLI::Option* option = chosen_->get_option_no_throw(flag);
  if (option == nullptr) return flag;
  for (auto word = given_.arguments.rbegin(); word != given_.arguments.rend(); ++word) {
    for (const std::string& name : option->get_lnames()) {
      if (word->substr(0, word->find('=')) == "--" + name) return "--" + name;
    }
    for (const std::string& name : option->get_snames()) {
      if (word->starts_with("-" + name)) return "-" + name;
    }
  }
  return flag;
}

void CommandLine::refuse_leftovers() const {
  const std::vector<std::string> leftovers = chosen_->remaining();
  const std::string see_help = "see: thimble " + chosen_->get_name() + " --help";
  std::vector<std::string> flags;
  for (const CLI::Option* option : chosen_->get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  for (const std::string& argument : leftovers) {
    if (argument.size() < 2 || argument[0] != '-') continue;
    const std::string flag = argument.substr(0, argument.find('=', 2));
    const std::string meant = nearest(flag, flags);
    throw UsageError(flag + ": no such flag; " + (meant.empty() ? see_help : "did you mean " + meant + "?"));
  }
  for (const std::string& argument : leftovers) {
    if (argument == "--") continue;
    const bool prompts = chosen_->get_name() == "run";
    throw UsageError("\"" + argument + "\": unexpected; " + (prompts ? "a prompt is given with -p \"...\"" : see_help));
  }
}

void CommandLine::refuse_command(const std::string& word) const {
  if (word.size() > 1 && word[0] == '-') throw UsageError(word + ": name a command first, as in: thimble run MODEL");
  if (host::exists(word)) throw UsageError(word + ": is not a command; did you mean: thimble run " + word + "?");
  std::vector<std::string> names;
  for (const CommandInfo* info : kCommands) names.emplace_back(info->name);
  const std::string meant = nearest(word, names);
  throw UsageError(word + ": no such command; " +
                   (meant.empty() ? "see: thimble --help" : "did you mean thimble " + meant + "?"));
}

}  // namespace

int run_command_line(const std::vector<std::string>& words) { return CommandLine(words).run(); }

}  // namespace thimble::cli
