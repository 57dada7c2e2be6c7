// Tells what a file is from its first bytes, so that a refusal can name the thing that was given instead.
#pragma once

#include <cstddef>
#include <span>

namespace thimble::tools {

// A noun phrase such as "a GGUF file"; null when the bytes are nothing known. llama2.c checkpoints without a magic
// (legacy v0) are among the unknown.
const char* describe_content(std::span<const std::byte> bytes);

}  // namespace thimble::tools
