// safetensors files for tests, written from the description of the format and not from the importer.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace thimble::testing {

struct SafetensorsEntry {
  std::string name;
  std::string shape;  // "8,8"
  std::vector<std::byte> data;
};

// One file of tensors of a type, "F32" or as the format spells it.
std::vector<std::byte> safetensors_of(const std::vector<SafetensorsEntry>& entries, const std::string& dtype = "F32");

}  // namespace thimble::testing
