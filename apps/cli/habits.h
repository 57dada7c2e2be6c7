// Flags that people bring along from llama.cpp and llama2.c: understood where they mean the same, dropped with a note
// where they mean nothing here, answered with what was probably meant otherwise.
#pragma once

#include <string>
#include <vector>

namespace thimble::cli {

struct Rewritten {
  std::vector<std::string> arguments;
  std::vector<std::string> notes;
};

// `arguments` without the program's name. Throws UsageError "did you mean ...".
Rewritten apply_habits(const std::vector<std::string>& arguments);

// The one of `words` that `word` was probably meant to be; empty when none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& words);

}  // namespace thimble::cli
