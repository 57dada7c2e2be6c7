// What `thimble --reference` prints: the manual page and the completions of shells.
#pragma once

#include <string>

#include "apps/cli/reference/command_table.h"

namespace thimble::cli {

std::string manual_page(const CommandTable& table);  // roff, for section 1
std::string bash_completion(const CommandTable& table);
std::string zsh_completion(const CommandTable& table);
std::string fish_completion(const CommandTable& table);

// kind: man, bash, zsh or fish.
std::string reference(const CommandTable& table, const std::string& kind);

}  // namespace thimble::cli
