// Other programs, run by this one.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace thimble::host {

// Runs words[0], looked for on PATH, with the words behind it and this process's input and output; waits for its end.
// Ctrl-C goes to it, not to us. Returns its exit code, 128 + N when signal N ended it; nothing when there is no such
// program. Throws Error when the system cannot start it.
std::optional<int> run_program(const std::vector<std::string>& words);

// The same for a program that is asked something: no input, what it says goes to *output, what it complains about
// nowhere.
std::optional<int> ask_program(const std::vector<std::string>& words, std::string* output);

}  // namespace thimble::host
