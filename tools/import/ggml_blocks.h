// The types of weights in GGUF files: how rows of each lie in memory, and what floats they stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace thimble::tools {

// Weights come in blocks of so many, each of so many bytes.
struct GgmlType {
  uint32_t id = 0;
  const char* name = "";
  uint32_t block_weights = 1;
  uint32_t block_bytes = 0;
  // Writes the block_weights floats of one block; null: not supported.
  void (*widen)(const std::byte* block, float* out) = nullptr;
};

// The type with this id, supported or not; null for one that is not known by name.
const GgmlType* find_ggml_type(uint32_t id);

// A row of out.size() weights, a multiple of the type's block.
void widen_row(const GgmlType& type, const std::byte* row, std::span<float> out);

}  // namespace thimble::tools
