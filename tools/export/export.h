// What the exporters share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "thimble/model.h"
#include "tools/vocabulary/vocabulary.h"

namespace thimble::tools {

// Throws Error unless the model computes in floats: what a q8 or q4 file stands for, only its integers say exactly.
void check_is_float(const Model& model);

// Throws Error where merging has steps that are no tokens of the model: other formats have a row for every piece.
void check_has_rows(const Vocabulary& vocabulary);

// The theta that the model's phase steps follow from. Throws Error where there is none.
float rope_theta_of(const Model& model);

// A row of a float tensor. [cols]
std::vector<float> float_row(const TensorView& tensor, uint32_t row);

}  // namespace thimble::tools
