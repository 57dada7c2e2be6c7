// Drops the pieces of a vocabulary that a text does not need, and their rows of the model. Steps of merging that are no
// tokens of the text stay without a row: where another text ends at one, it falls apart into what it was merged from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tools/import/imported_model.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

// What stays, and why.
struct Pruning {
  std::vector<uint32_t> kept;   // ids of tokens, ascending: the place of each is its new id
  std::vector<uint32_t> steps;  // ids of pieces behind them that merging goes through, and that are no tokens any more
  size_t in_text = 0;           // kept: pieces that encode the text
  size_t characters = 0;        // kept: those on the way, where any piece of another text may end
  size_t always = 0;            // kept: of other types than normal: bytes, control and user-defined pieces
};

// What encoding needs to give the same pieces for the same text. `ids`: the text, encoded with `vocabulary`. An encoder
// that merges the best pair first makes the same merges among fewer pieces as long as those that it makes are there;
// and what it merges inside a piece, it merges in that piece's text alone, too. Unused pieces that merge all stay: what
// fell apart again cannot be seen in `ids`.
Pruning needed_pieces(const Vocabulary& vocabulary, std::span<const uint32_t> ids);

// Leaves these pieces, and the rows of the tokens among them. bos, eos and unk are kept.
void keep_pieces(const Pruning& pruning, ImportedModel* model);

}  // namespace thimble::tools
