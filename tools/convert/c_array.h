// A model as C source, to be compiled into a program.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace thimble::tools {

// A name that C allows, from that of a file: "my-model.h" becomes my_model.
std::string array_name(const std::string& file);

// A header for C and C++ that defines the image as an array of constants, on a multiple of 64, as tensors lie. Include
// it in one file of a program in C, where each that includes it has an array of its own. `command`: what made it.
std::string c_array(std::span<const std::byte> image, const std::string& name, const std::string& command);

}  // namespace thimble::tools
