#include "base/checked.h"
#include "base/quantized_layout.h"
#include "format/reader.h"
#include "format/roles.h"

namespace thimble {
namespace {

using format::RoleRow;
using format::Scope;

bool has(const ModelConfig& c, const RoleRow& row) {
  return row.present == format::Present::kAlways || (row.present == format::Present::kTied) == c.tied_classifier;
}

uint32_t width(const ModelConfig& c, format::Width w) {
  switch (w) {
    case format::Width::kOne:
      return 1;
    case format::Width::kDim:
      return c.dim;
    case format::Width::kHidden:
      return c.hidden_dim;
    case format::Width::kQueries:
      return c.q_dim();
    case format::Width::kKeysAndValues:
      return c.kv_dim();
    case format::Width::kVocabulary:
      return c.vocab_size;
  }
  return 0;
}

// Where the tensors of a row stand in file order: `count` of them from `first` on, `stride` apart.
struct Places {
  uint32_t first = 0;
  uint32_t stride = 1;
  uint32_t count = 0;

  uint32_t end() const { return count == 0 ? 0 : first + (count - 1) * stride + 1; }
  bool holds(uint32_t index) const { return index >= first && index < end() && (index - first) % stride == 0; }
};

Places places_of(const ModelConfig& c, const RoleRow& row) {
  Places places;
  const bool in_layer = row.scope == Scope::kLayer;
  if (has(c, row)) places.count = in_layer ? c.n_layers : 1;
  uint32_t per_layer = 0;
  for (const RoleRow& other : format::kRoleTable) {
    if (!has(c, other)) continue;
    const bool other_in_layer = other.scope == Scope::kLayer;
    if (other_in_layer) ++per_layer;
    // In front of a tensor of the first layer stands one of each row; in front of what follows the layers, all of them.
    if (&other < &row) places.first += other_in_layer && !in_layer ? c.n_layers : 1;
  }
  if (in_layer) places.stride = per_layer;
  return places;
}

}  // namespace

uint32_t expected_tensor_count(const ModelConfig& c) {
  uint32_t count = 0;
  for (const RoleRow& row : format::kRoleTable) count += places_of(c, row).count;
  return count;
}

TensorShape expected_tensor(const ModelConfig& c, uint32_t index) {
  for (const RoleRow& row : format::kRoleTable) {
    const Places places = places_of(c, row);
    if (!places.holds(index)) continue;
    const bool layer = row.scope == Scope::kLayer;
    return {row.role, layer ? (index - places.first) / places.stride : format::tensor::kNoLayer, width(c, row.rows),
            width(c, row.cols)};
  }
  return {};
}

uint32_t tensor_index(const ModelConfig& c, Role role, uint32_t layer) {
  if (role == Role::kClassifier && c.tied_classifier) role = Role::kTokenEmbedding;
  for (const RoleRow& row : format::kRoleTable) {
    if (row.role != role || !has(c, row)) continue;
    const Places places = places_of(c, row);
    return places.first + (row.scope == Scope::kLayer ? layer * places.stride : 0);
  }
  return 0;
}

bool in_layer(Role role) { return format::row_of(role).scope == Scope::kLayer; }

uint32_t row_bytes(DType type, uint32_t cols) {
  switch (type) {
    case DType::kF32:
      return round_up<uint32_t>(cols * sizeof(float), format::kRowAlign);
    case DType::kF16:
    case DType::kQ16:
      return round_up<uint32_t>(cols * sizeof(uint16_t), format::kRowAlign);
    case DType::kQ8:
      return static_cast<uint32_t>(q8_row_bytes(cols));
    case DType::kQ4:
      return static_cast<uint32_t>(q4_row_bytes(cols));
  }
  return 0;
}

uint64_t tensor_bytes(DType type, uint32_t rows, uint32_t cols) {
  const uint64_t all_rows = uint64_t{rows} * row_bytes(type, cols);
  switch (type) {
    case DType::kF32:
    case DType::kF16:
    case DType::kQ16:
      return all_rows;
    case DType::kQ8:
      return uint64_t{panel_count(rows)} * q8_header_bytes() + all_rows;
    case DType::kQ4:
      return uint64_t{panel_count(rows)} * q4_header_bytes(cols) + all_rows;
  }
  return 0;
}

Arithmetic arithmetic_of(DType type) {
  switch (type) {
    case DType::kF32:
    case DType::kF16:
      return Arithmetic::kFloat;
    case DType::kQ8:
    case DType::kQ4:
    case DType::kQ16:
      return Arithmetic::kInteger;
  }
  return Arithmetic::kFloat;
}

bool allows(Arithmetic arithmetic, Role role, DType type) {
  const bool norm = format::is_norm(role);
  switch (type) {
    case DType::kF32:
      return arithmetic == Arithmetic::kFloat;
    case DType::kF16:
      return arithmetic == Arithmetic::kFloat && !norm;
    case DType::kQ8:
    case DType::kQ4:
      return arithmetic == Arithmetic::kInteger && !norm;
    case DType::kQ16:
      return arithmetic == Arithmetic::kInteger && norm;
  }
  return false;
}

const char* role_name(Role role) { return format::row_of(role).name; }

const char* dtype_name(DType type) {
  switch (type) {
    case DType::kF32:
      return "f32";
    case DType::kF16:
      return "f16";
    case DType::kQ8:
      return "q8";
    case DType::kQ4:
      return "q4";
    case DType::kQ16:
      return "q16";
  }
  return "unknown";
}

}  // namespace thimble
