// What text takes of a plan: what a Generator may hold of it, and what a tokenizer needs.
#pragma once

#include <cstddef>

#include "base/streaming.h"
#include "thimble/model.h"
#include "thimble/plan.h"
#include "thimble/tokenizer.h"

namespace thimble {

// Less than the stop strings together, what one more token can add, the replacement character of an unfinished one, and
// a byte for the NUL of the C API.
inline size_t held_text_bytes(size_t max_stop_bytes, size_t max_piece_bytes) {
  return max_stop_bytes + Utf8Stream::max_output(max_piece_bytes) + 3 + 1;
}

// Pieces that are not in memory, then the workspace of encode().
inline size_t tokenizer_bytes(const Model& model, const PlanOptions& options) {
  const size_t workspace = Tokenizer::workspace_bytes(options.max_run_bytes);
  return kStreaming && !model.has_vocabulary() ? Tokenizer::kStreamBytes + workspace : workspace;
}

}  // namespace thimble
