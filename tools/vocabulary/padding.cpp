// Vocabularies padded to a round size, as trainers do for the sake of matrix units: ids that no tokenizer gives.

#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

bool is_plausible_padding(size_t pieces, uint32_t ids) {
  constexpr uint32_t kMostOf = 8;
  if (pieces > ids) return false;
  const size_t added = ids - pieces;
  const uint32_t roundness = ids & -ids;  // the largest power of two that divides it
  return added < roundness && added <= ids / kMostOf;
}

void pad_vocabulary(Vocabulary* vocabulary, uint32_t ids) {
  while (vocabulary->pieces.size() < ids) vocabulary->pieces.push_back({"", 0, PieceType::kUnused});
}

}  // namespace thimble::tools
