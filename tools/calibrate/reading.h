// A model reading a text: what calibration and the search for types have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "format/reader.h"
#include "tools/calibrate/activations.h"
#include "tools/import/imported_model.h"

namespace thimble::tools {

// Token ids of a text, each sequence at most as long as the model's context.
using Sequences = std::vector<std::vector<uint32_t>>;

// The beginning of sequences, one behind the other.
struct Reading {
  std::vector<uint32_t> ids;
  std::vector<size_t> starts = {0};  // of each sequence, and the end
};

// The first `most_tokens` of them; the last sequence may be cut. Throws Error where there is none.
Reading first_tokens(const Sequences& sequences, size_t most_tokens);

RowMatrix read_matrix(uint32_t rows, uint32_t cols, const ReadRow& read_row);
// The tensor of a role and layer, which is there.
RowMatrix read_matrix(const ImportedModel& model, Role role, uint32_t layer);

// What a tensor of the file stands for.
RowMatrix stored_matrix(const TensorShape& shape, DType type, int8_t exponent, std::span<const std::byte> bytes);
// What it would, after tools::quantize.
RowMatrix rounded_plainly(const RowMatrix& matrix, DType type);

Activations embed(const ImportedModel& model, const RowMatrix& embedding, const Reading& reading);

// Sum over the tokens of a x b^T, a and b being rows. [columns of a, columns of b]
Eigen::MatrixXd products_of(const RowMatrix& a, const RowMatrix& b);

}  // namespace thimble::tools
