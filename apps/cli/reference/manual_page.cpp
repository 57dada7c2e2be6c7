// The manual page, in the man macros of roff.

#include <algorithm>
#include <sstream>

#include "apps/cli/reference/reference.h"
#include "thimble/version.h"

namespace thimble::cli {
namespace {

// Text that roff prints as it is: a dot or a quote at the start of a line would be a request, and "-" a hyphen, which
// nobody can paste into a shell. Behind a "|" a long list of choices may break.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (out.empty() && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '|') {
      out += "|\\:";
    } else {
      out += c;
    }
  }
  return out;
}

// A footer: indented lines are examples, kept as they are; others are filled; an empty one ends a paragraph.
void write_footer(const std::string& footer, std::string* out) {
  std::istringstream lines(footer);
  bool example = false;
  *out += ".PP\n";
  for (std::string line; std::getline(lines, line);) {
    const bool indented = line.rfind("  ", 0) == 0;
    if (indented != example) *out += indented ? ".PP\n.nf\n" : ".fi\n";
    example = indented;
    if (line.empty()) {
      *out += ".PP\n";
    } else {
      *out += escaped(line) + '\n';
    }
  }
  if (example) *out += ".fi\n";
}

// What stands behind an option's names: nothing, "N", or all there is to choose from.
std::string value_of(const OptionEntry& option) {
  return option.choices.empty() ? option.value : joined(option.choices, "|");
}

void write_option(const OptionEntry& option, std::string* out) {
  *out += ".TP\n\\fB" + escaped(joined(option.names, ", ")) + "\\fR";
  if (!option.value.empty()) *out += (option.positional() ? "\\fI" : " \\fI") + escaped(value_of(option)) + "\\fR";
  *out += '\n' + escaped(option.help) + '\n';
}

// In the order of --help: positionals, then options, then the groups that have a name of their own.
int rank(const OptionEntry& option) {
  if (option.positional()) return 0;
  return option.group == "Options" ? 1 : 2;
}

void write_options(std::vector<OptionEntry> options, std::string* out) {
  std::stable_sort(options.begin(), options.end(),
                   [](const OptionEntry& a, const OptionEntry& b) { return rank(a) < rank(b); });
  std::string group = "Options";
  for (const OptionEntry& option : options) {
    if (option.group != group) *out += ".PP\n" + escaped(option.group) + ":\n";
    group = option.group;
    write_option(option, out);
  }
}

}  // namespace

std::string manual_page(const CommandTable& table) {
  const CommandEntry& program = table.program;
  std::string out = ".\\\" Written by `thimble --reference man`.\n";
  out += ".TH THIMBLE 1 \"\" \"thimble " THIMBLE_VERSION "\" \"User Commands\"\n.ad l\n";
  out += ".SH NAME\nthimble \\- language models that are small enough for a chip\n";
  out += ".SH SYNOPSIS\n.B thimble\n.I COMMAND\n.RI [ OPTION ...]\n";
  out += ".SH DESCRIPTION\n" + escaped(program.description) + '\n';
  write_footer(program.footer, &out);
  out += ".SH OPTIONS\n";
  write_options(program.options, &out);
  out += ".SH COMMANDS\n";
  for (const CommandEntry& command : table.commands) {
    out += ".SS thimble " + command.name + '\n' + escaped(command.description) + ".\n";
    write_options(command.options, &out);
    write_footer(command.footer, &out);
  }
  return out;
}

}  // namespace thimble::cli
