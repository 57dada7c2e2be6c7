// The model that ships, for commands that were given none.
#pragma once

#include <string>

namespace thimble::cli {

// The path of story.thm: beside the program, where an installation puts it relative to the program, or where this
// program was built to be installed. Empty when it is in none of these places.
std::string shipped_model();

}  // namespace thimble::cli
