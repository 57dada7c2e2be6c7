// llama2.c checkpoints in their three versions: legacy v0 (float32, no magic), v1 (float32) and v2 (int8 in groups).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "tools/import/imported_model.h"

namespace thimble::tools {

// Whether the bytes begin like a checkpoint that a big-endian machine wrote.
bool is_big_endian_llama2c(std::span<const std::byte> bytes);

// Tells the version by content. `name`: the path, for messages and for the model's name. `rope_theta`: counts instead
// of what the file says, which is the rotary table of v0 (rope_table.h), and nothing in v1 and v2, so 10,000.
// The bytes must stay valid while the result is used. Throws Error, naming the field at fault.
ImportedModel import_llama2c(std::span<const std::byte> bytes, const std::string& name,
                             std::optional<float> rope_theta = std::nullopt);

}  // namespace thimble::tools
