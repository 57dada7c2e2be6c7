// From a text to the lexicon of a model.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace thimble::tools {

// The WORD section with every word of `text`, as include/thimble/words.h understands words: a list of words does, and
// so does any text. Throws Error: no word in it, too many, or one longer than kMaxWordBytes.
std::vector<std::byte> write_words(std::string_view text);

}  // namespace thimble::tools
