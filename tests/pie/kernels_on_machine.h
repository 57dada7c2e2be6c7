// The assembly of src/kernels for ESP32-S3, on a machine: what a C++ file calls by its name runs there, with the memory
// that its contract gives it and no byte more.
#pragma once

#include "tests/pie/machine.h"

namespace thimble::s3 {

// The source, of the sets pie and mac16, that has the function.
const Program& program_with(const std::string& function);

// Of all calls since the last reset.
struct Usage {
  uint64_t cycles = 0;
  uint64_t calls = 0;
};
Usage& usage();

}  // namespace thimble::s3
