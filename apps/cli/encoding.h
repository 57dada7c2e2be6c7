// Text of any length to token ids, with memory from the heap.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "thimble/tokenizer.h"

namespace thimble::cli {

// Throws Failure.
std::vector<uint32_t> encode_text(const Tokenizer& tokenizer, std::string_view text, const EncodeOptions& options);

}  // namespace thimble::cli
