#include "apps/cli/reference/reference.h"

#include <CLI/CLI.hpp>

namespace thimble::cli {
namespace {

// "WHEN:{auto,always,never}" is how CLI11 writes a value with its choices.
void take_type(const std::string& type, OptionEntry* entry) {
  const size_t colon = type.find(":{");
  entry->value = type.substr(0, colon);
  if (colon == std::string::npos || type.back() != '}') return;
  entry->choices = CLI::detail::split(type.substr(colon + 2, type.size() - colon - 3), ',');
}

OptionEntry option_entry(const CLI::Option& option) {
  OptionEntry entry;
  for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  if (entry.positional()) {
    entry.value = option.get_name(true);
  } else if (option.get_items_expected_max() > 0) {
    take_type(option.get_type_name(), &entry);
  }
  entry.group = option.get_group();
  entry.help = option.get_description();
  entry.repeatable = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  return entry;
}

CommandEntry command_entry(const CLI::App& app) {
  CommandEntry entry{app.get_name(), app.get_description(), app.get_footer(), {}};
  for (const CLI::Option* option : app.get_options()) {
    const bool hidden = option->get_group().empty();
    if (!hidden) entry.options.push_back(option_entry(*option));
  }
  return entry;
}

}  // namespace

std::string reference(const CLI::App& app, const std::string& kind) {
  CommandTable table{command_entry(app), {}};
  for (const CLI::App* command : app.get_subcommands(nullptr)) table.commands.push_back(command_entry(*command));
  if (kind == "bash") return bash_completion(table);
  if (kind == "zsh") return zsh_completion(table);
  if (kind == "fish") return fish_completion(table);
  return manual_page(table);
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  return CLI::detail::join(words, between);
}

}  // namespace thimble::cli
