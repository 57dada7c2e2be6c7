// What a conversion made of the tensors, and what that cost.
#pragma once

#include <span>
#include <string>

#include "thimble/model.h"
#include "tools/convert/convert.h"

namespace thimble::cli {

// A heading, and a line per tensor: place, name, shape, type, size, relative error. The layers in the middle of a deep
// model share a line per role, with their size together and their mean error, unless `every_layer`. No newline behind
// the last line.
std::string conversion_table(std::span<const tools::TensorReport> reports, bool every_layer);

// Bytes of all tensors, with scales and padding, for each weight.
double bytes_per_weight(const Model& model);

}  // namespace thimble::cli
