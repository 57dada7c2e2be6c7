// The commands. Each is one file, command_NAME.cpp, which declares its options, checks them, and runs; it is listed
// here. The manual page and the completions follow from what the commands declare.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/options.h"

namespace thimble::cli {

// What a command is told beside its options.
struct Invocation {
  std::string command;             // its name
  std::vector<std::string> words;  // all arguments, as typed
  Notes notes;                     // about the command line
};

class Command {
 public:
  virtual ~Command() = default;

  // Called once, when the options have their values. Returns the exit code; what it throws becomes one line on stderr.
  virtual int run(const Invocation& invocation) = 0;
};

struct CommandInfo {
  const char* name;
  const char* description;
  const char* examples;                                // and remarks, below the options
  std::unique_ptr<Command> (*declare)(CLI::App& app);  // the command, with its options on `app`
};

template <class C>
std::unique_ptr<Command> declare_command(CLI::App& app) {
  return std::make_unique<C>(app);
}

extern const CommandInfo kRun, kChat, kServe, kConvert, kExport, kInspect, kTokenize, kEval, kBench, kSelftest, kPlan,
    kImage, kFlash, kSynth;

// In the order of --help.
inline constexpr std::array kCommands = {&kRun,  &kChat,  &kServe,    &kConvert, &kExport, &kInspect, &kTokenize,
                                         &kEval, &kBench, &kSelftest, &kPlan,    &kImage,  &kFlash,   &kSynth};

// Reads the command line and does what it says. `words`: without the program's name. Returns the exit code. Throws
// UsageError, and what the command throws.
int run_command_line(const std::vector<std::string>& words);

}  // namespace thimble::cli
