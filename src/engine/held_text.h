// Text that a Generator may hold, which the plan makes room for.
#pragma once

#include <cstddef>

#include "thimble/tokenizer.h"

namespace thimble {

// Less than the stop strings together, what one more token can add, the replacement character of an unfinished one, and
// a byte for the NUL of the C API.
inline size_t held_text_bytes(size_t max_stop_bytes, size_t max_piece_bytes) {
  return max_stop_bytes + Utf8Stream::max_output(max_piece_bytes) + 3 + 1;
}

}  // namespace thimble
