// The container of safetensors files: a JSON header of names, types, shapes and extents, then the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tools/import/ggml_blocks.h"

namespace thimble::tools {

struct SafeTensor {
  const GgmlType* type = nullptr;  // F32, F16 or BF16
  std::vector<uint64_t> shape;     // [rows, cols] of a matrix
  std::span<const std::byte> bytes;
};

using SafeTensors = std::map<std::string, SafeTensor>;

// Adds the tensors of a file, which views its bytes. `name`: the path, for messages. Throws Error: an extent that is
// not what type and shape ask for, out of the file or overlapping another, a tensor that is there already, of a file
// that was added before, too.
void read_safetensors(std::span<const std::byte> bytes, const std::string& name, SafeTensors* tensors);

}  // namespace thimble::tools
