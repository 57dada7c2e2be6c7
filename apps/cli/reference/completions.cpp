// Completion scripts. Each offers the commands, then the options of the one that was named, then the choices of an
// option that has few; everything else is a file, or a value that nobody can guess.

#include "apps/cli/reference/reference.h"

namespace thimble::cli {
namespace {

std::vector<std::string> command_names(const CommandTable& table) {
  std::vector<std::string> names;
  for (const CommandEntry& command : table.commands) names.push_back(command.name);
  return names;
}

std::vector<std::string> option_names(const CommandEntry& command) {
  std::vector<std::string> names;
  for (const OptionEntry& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// For a case over the first word: the commands by name, and the program's own options behind a dash.
std::vector<CommandEntry> commands_and_program(const CommandTable& table) {
  std::vector<CommandEntry> entries = table.commands;
  entries.push_back(table.program);
  entries.back().name = "-*";
  return entries;
}

// With a backslash before each character of `special`.
std::string escaped(const std::string& text, const char* special) {
  std::string out;
  for (const char c : text) {
    if (std::string(special).find(c) != std::string::npos) out += '\\';
    out += c;
  }
  return out;
}

// For use inside single quotes of sh, where a quote must leave and enter again.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The lines of a case over the word before the cursor.
std::string bash_choices(const CommandEntry& command) {
  std::string out;
  for (const OptionEntry& option : command.options) {
    if (option.choices.empty()) continue;
    out += "        " + joined(option.names, " | ") + ") words=" + quoted(joined(option.choices, " ")) + " ;;\n";
  }
  return out;
}

std::string zsh_spec(const OptionEntry& option, const std::string& name) {
  std::string spec = (option.repeatable ? "*" : "") + name + "[" + escaped(option.help, "[]:\\") + "]";
  if (option.value.empty()) return spec;
  spec += ":" + option.value + ":";
  if (!option.choices.empty()) return spec + "(" + joined(option.choices, " ") + ")";
  return spec + (option.takes_file() ? "_files" : " ");
}

std::string fish_option(const OptionEntry& option, const std::string& condition) {
  std::string line = "complete -c thimble -n " + quoted(condition);
  for (const std::string& name : option.names) {
    line += name[1] == '-' ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.choices.empty()) {
    line += " -x -a " + quoted(joined(option.choices, " "));
  } else if (!option.value.empty()) {
    line += option.takes_file() ? " -r -F" : " -x";
  }
  return line + " -d " + quoted(escaped(option.help, "\\")) + "\n";
}

}  // namespace

std::string bash_completion(const CommandTable& table) {
  std::string out = "# Completion of bash, written by `thimble --reference bash`.\n_thimble() {\n";
  out += "  local commands=" + quoted(joined(command_names(table), " "));
  out += R"( words='' options=''
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  [[ $before != '=' ]] || before=${COMP_WORDS[COMP_CWORD - 2]}  # --color=always is three words here
  case ${COMP_WORDS[1]} in
    help) words=$commands ;;
)";
  for (const CommandEntry& command : commands_and_program(table)) {
    out += "    " + command.name + ")\n      options=" + quoted(joined(option_names(command), " ")) + "\n";
    const std::string choices = bash_choices(command);
    if (!choices.empty()) out += "      case $before in\n" + choices + "      esac\n";
    out += "      ;;\n";
  }
  out += R"(  esac
  ((COMP_CWORD > 1)) || words="$commands help"
  [[ $word != -* ]] || words=$options
  [[ $word != '=' ]] || word=''
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _thimble thimble
)";
  return out;
}

std::string zsh_completion(const CommandTable& table) {
  std::string out = R"(#compdef thimble
# Completion of zsh, written by `thimble --reference zsh`.
local -a commands=(
)";
  for (const CommandEntry& command : table.commands) {
    out += "  " + quoted(command.name + ":" + escaped(command.description, ":")) + "\n";
  }
  out += R"(  'help:Explain a command'
)
if { ((CURRENT == 2)) && [[ $words[2] != -* ]] } || [[ $words[2] == help ]]; then
  _describe command commands
  return
fi
local first=$words[2]
[[ $first == -* ]] || { shift words; ((CURRENT -= 1)) }
case $first in
)";
  for (const CommandEntry& command : commands_and_program(table)) {
    out += "  " + command.name + ")\n    _arguments";
    for (const OptionEntry& option : command.options) {
      for (const std::string& name : option.names) out += " \\\n      " + quoted(zsh_spec(option, name));
    }
    out += " \\\n      '*:file:_files'\n    ;;\n";
  }
  return out + "esac\n";
}

std::string fish_completion(const CommandTable& table) {
  const std::string no_command = "__fish_use_subcommand";
  std::string out = "# Completion of fish, written by `thimble --reference fish`.\n";
  const auto offer_command = [&](const std::string& name, const std::string& description) {
    out += "complete -c thimble -n " + no_command + " -f -a " + name + " -d " + quoted(description) + "\n";
  };
  for (const CommandEntry& command : table.commands) offer_command(command.name, command.description);
  offer_command("help", "Explain a command");
  out += "complete -c thimble -n '__fish_seen_subcommand_from help' -f -a " +
         quoted(joined(command_names(table), " ")) + "\n";
  for (const OptionEntry& option : table.program.options) out += fish_option(option, no_command);
  for (const CommandEntry& command : table.commands) {
    for (const OptionEntry& option : command.options) {
      if (!option.positional()) out += fish_option(option, "__fish_seen_subcommand_from " + command.name);
    }
  }
  return out;
}

}  // namespace thimble::cli
