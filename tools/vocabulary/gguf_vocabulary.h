// The tokenizer inside a GGUF file.
#pragma once

#include <string>
#include <vector>

#include "tools/import/gguf_file.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

// Of kind "llama": sentencepiece BPE with scores and bytes. Throws Error, naming the key at fault.
Vocabulary read_gguf_vocabulary(const GgufFile& file);

}  // namespace thimble::tools
