// What a conversion made of each tensor, as tables for people.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/calibrate/fit.h"
#include "tools/convert/convert.h"

namespace thimble::cli {

// A heading, and a line per tensor: place, name, shape, type, size, relative error. The layers in the middle of a deep
// model share a line per role and type, with their size together and their mean error, unless `every_layer`. `fitted`:
// what each would lose in q4, in the order of the reports; empty: not known. No newline behind the last line.
std::string conversion_table(std::span<const tools::TensorReport> reports, std::span<const tools::FittedTensor> fitted,
                             bool every_layer);

}  // namespace thimble::cli
