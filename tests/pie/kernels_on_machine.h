// The assembly of src/kernels for ESP32-S3, on a machine: what a C++ file calls by its name runs there, with the memory
// that its contract gives it and no byte more.
#pragma once

#include <map>
#include <string>

#include "tests/pie/machine.h"

namespace thimble::s3 {

// The source, of the sets pie and mac16, that has the function.
const Program& program_with(const std::string& function);

// Of all calls since the last reset, by function.
struct Usage {
  std::map<std::string, uint64_t> cycles_of;

  uint64_t cycles() const {
    uint64_t sum = 0;
    for (const auto& [function, cycles] : cycles_of) sum += cycles;
    return sum;
  }
};
Usage& usage();

}  // namespace thimble::s3
