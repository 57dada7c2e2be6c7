// Drops the pieces of a vocabulary that a text does not need, and their rows of the model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tools/import/imported_model.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

// Why pieces stay.
struct Pruning {
  std::vector<uint32_t> kept;  // ids, ascending: the place of each is its new id
  size_t in_text = 0;          // pieces that encode the text
  size_t on_the_way = 0;       // that merging goes through to reach one of those
  size_t always = 0;           // of other types than normal: bytes, control and user-defined pieces
};

// What encoding needs to give the same pieces for the same text. `ids`: the text, encoded with `vocabulary`. An encoder
// that merges the best pair first makes the same merges among fewer pieces as long as those that it makes are there;
// and what it merges inside a piece, it merges in that piece's text alone, too.
Pruning needed_pieces(const Vocabulary& vocabulary, std::span<const uint32_t> ids);

// Leaves these pieces, in the order given, and their rows of embedding and classifier. `kept` holds bos, eos and unk.
void keep_pieces(std::span<const uint32_t> kept, ImportedModel* model);

}  // namespace thimble::tools
