// What `thimble --reference` prints: the manual page and the completions of shells, written from the very parser that
// serves the command line, so that nothing can be missing.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace thimble::cli {

// kind: man, bash, zsh or fish.
std::string reference(const CLI::App& app, const std::string& kind);

// The command line as plain data, for the functions below.
struct OptionEntry {
  std::vector<std::string> names;    // "-c", "--ctx-size"; empty: a positional
  std::string value;                 // "N", "FILE"; a positional's name; empty: a flag
  std::vector<std::string> choices;  // all values there are; empty: many
  std::string group;
  std::string help;
  bool repeatable = false;

  bool positional() const { return names.empty(); }
  bool takes_file() const { return positional() || value == "FILE" || value == "MODEL"; }
};

struct CommandEntry {
  std::string name;
  std::string description;
  std::string footer;  // examples and remarks, lines broken for a terminal
  std::vector<OptionEntry> options;
};

struct CommandTable {
  CommandEntry program;  // its options stand in place of a command
  std::vector<CommandEntry> commands;
};

std::string manual_page(const CommandTable& table);  // roff, for section 1
std::string bash_completion(const CommandTable& table);
std::string zsh_completion(const CommandTable& table);
std::string fish_completion(const CommandTable& table);

std::string joined(const std::vector<std::string>& words, const char* between);

}  // namespace thimble::cli
