// What `thimble inspect` knows of a model, as JSON for other programs. Keys stay as they are; new ones may come.
#pragma once

#include <string>

#include "apps/cli/model_source.h"
#include "thimble/plan.h"

namespace thimble::cli {

// One document, with a newline behind it:
//   file, format (".thm 1.0", "llama2.c v0"), bytes (of the .thm image), parameters, arithmetic ("integer", "float")
//   config      dim, hidden_dim, layers, heads, kv_heads, head_dim, vocabulary, context, rope_theta, norm_eps,
//               tied_classifier
//   weights     bytes, by_type (bytes by "q8", "q4", "q16", "f16", "f32")
//   about       what the file states, by its keys; hashes as 16 hexadecimal digits
//   tensors     role, layer (null outside of layers), type, rows, cols, bytes, offset; in the order of the file
//   plan        context, batch, kv_type, threads, buffers (bytes by name), bytes
//   fast        null without --fast, else blocks (bytes used of each), buffers, weights, tensors (copied), in_place
//               (role, layer and bytes of the others)
//   verified    true with --verify, else null
// `fast`: null, or the plan with weights in fast memory.
std::string inspection_json(const LoadedModel& loaded, const Plan& plan, const Plan* fast, bool verified);

}  // namespace thimble::cli
