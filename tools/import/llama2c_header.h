// The header of a llama2.c checkpoint in its three versions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "thimble/model.h"

namespace thimble::tools {

struct Llama2cHeader {
  uint32_t version = 0;     // 0: legacy, no magic; 1: float32; 2: int8 in groups
  ModelConfig config;       // complete but for rope_theta; every field checked against the caps of the .thm format
  uint64_t bytes = 0;       // where the weights begin
  uint32_t group_size = 0;  // v2: weights that share a scale; else 0
};

inline constexpr size_t kLegacyHeaderBytes = 28;  // v0: seven i32 and no more

// Whether the bytes begin like a checkpoint: with the magic of v1 and v2, or with seven numbers that make sense
// together.
bool looks_like_llama2c(std::span<const std::byte> bytes);

// Recognises the version by content. `name` is used in messages only. Throws Error, naming the field at fault or
// what the file is instead.
Llama2cHeader read_llama2c_header(std::span<const std::byte> bytes, const std::string& name);

}  // namespace thimble::tools
