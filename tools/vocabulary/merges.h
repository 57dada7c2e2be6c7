// Tokenizers that state in which order which pairs of pieces merge, rather than a score per piece.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

struct Merge {
  std::string left;  // as the texts of pieces are
  std::string right;
};

// `merges`: the first first. Gives each piece the score, and the left part, by which merging makes it as they say.
// Throws Error, naming the piece, where one score cannot tell when its pairs merge.
void apply_merges(std::span<const Merge> merges, Vocabulary* vocabulary, const std::string& name);

// The way back: a list by which the pieces merge as they do.
std::vector<Merge> merges_of(const Vocabulary& vocabulary);

}  // namespace thimble::tools
