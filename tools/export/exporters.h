// From an open float model to the formats of others, so that what was made here runs elsewhere, too.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "thimble/model.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

// Takes the bytes of a file from its start to its end.
using Sink = std::function<void(std::span<const std::byte>)>;

// A llama2.c checkpoint, version 0, in float32. Throws Error for what that format cannot state: an epsilon that is not
// 1e-5, heads that do not add up to dim, rotary angles that follow from no theta.
void export_llama2c(const Model& model, const Sink& sink);

// Its tokenizer.bin. Throws Error where unknown, BOS and EOS are not ids 0, 1 and 2, as llama2.c has them.
void export_tokenizer_bin(const Vocabulary& vocabulary, const Sink& sink);

// A GGUF file, version 3, with the tokenizer inside; tensors in f32 or f16, as they are. Throws Error for rotary angles
// that follow from no theta, and for a vocabulary that the format has no words for.
void export_gguf(const Model& model, const Sink& sink);

}  // namespace thimble::tools
