// What the fuzzers of importers do with a source: a refusal is a fine answer; what imports is read to its last row, and
// converted where that is little work, to an image that must open.
#pragma once

#include <cstdlib>
#include <utility>
#include <vector>

#include "tests/support/memory_files.h"
#include "tests/support/vocabulary_fixture.h"
#include "tools/convert/convert.h"
#include "tools/error.h"
#include "tools/import/importers.h"

namespace thimble::testing {

inline void read_and_convert(tools::ImportedModel model) {
  constexpr uint32_t kFewestPieces = 8, kMostPieces = 512;
  std::vector<float> row;
  for (const tools::SourceTensor& t : model.tensors) {
    row.resize(t.cols);
    for (uint32_t r = 0; r < t.rows; ++r) t.read_row(r, row);
  }
  const uint32_t pieces = model.config.vocab_size;
  if (pieces < kFewestPieces || pieces > kMostPieces) return;
  if (model.vocabulary.pieces.size() > pieces) return;
  if (model.vocabulary.pieces.empty()) model.vocabulary = make_vocabulary(pieces, 1);
  tools::pad_vocabulary(&model.vocabulary, pieces);
  tools::ConvertOptions options;
  options.self_test = false;
  const tools::ImageBytes image = tools::convert(model, options);
  Model opened;
  if (!opened.open(image.span()).ok() || !opened.verify().ok()) std::abort();
  Tokenizer tokenizer;
  if (!tokenizer.open(opened.vocabulary(), pieces).ok()) std::abort();
}

inline void import_and_convert(MemoryFiles files) {
  tools::Notes notes;
  try {
    read_and_convert(tools::import_model(files, {}, &notes));
  } catch (const tools::Error&) {
  }
}

}  // namespace thimble::testing
