#include "base/checked.h"
#include "base/quantized_layout.h"
#include "format/reader.h"

namespace thimble {
namespace {

constexpr uint32_t kTensorsPerLayer = 9;

bool inside_layer(Role role) { return role >= Role::kAttentionNorm && role <= Role::kWDown; }

TensorShape layer_tensor(const ModelConfig& c, uint32_t layer, Role role) {
  switch (role) {
    case Role::kWq:
      return {role, layer, c.q_dim(), c.dim};
    case Role::kWk:
    case Role::kWv:
      return {role, layer, c.kv_dim(), c.dim};
    case Role::kWo:
      return {role, layer, c.dim, c.q_dim()};
    case Role::kWGate:
    case Role::kWUp:
      return {role, layer, c.hidden_dim, c.dim};
    case Role::kWDown:
      return {role, layer, c.dim, c.hidden_dim};
    default:
      return {role, layer, 1, c.dim};  // the two norms
  }
}

}  // namespace

uint32_t expected_tensor_count(const ModelConfig& config) {
  // embedding and final norm, and a classifier of its own when untied
  return config.n_layers * kTensorsPerLayer + (config.tied_classifier ? 2 : 3);
}

TensorShape expected_tensor(const ModelConfig& c, uint32_t index) {
  const uint32_t first_layer = c.tied_classifier ? 0 : 1;
  const uint32_t final_norm = first_layer + c.n_layers * kTensorsPerLayer;
  if (index < first_layer) return {Role::kTokenEmbedding, format::tensor::kNoLayer, c.vocab_size, c.dim};
  if (index == final_norm) return {Role::kFinalNorm, format::tensor::kNoLayer, 1, c.dim};
  if (index > final_norm) {
    const Role last = c.tied_classifier ? Role::kTokenEmbedding : Role::kClassifier;
    return {last, format::tensor::kNoLayer, c.vocab_size, c.dim};
  }
  const uint32_t i = index - first_layer;
  const auto role = static_cast<Role>(static_cast<uint32_t>(Role::kAttentionNorm) + i % kTensorsPerLayer);
  return layer_tensor(c, i / kTensorsPerLayer, role);
}

uint32_t tensor_index(const ModelConfig& config, Role role, uint32_t layer) {
  const uint32_t first_layer = config.tied_classifier ? 0 : 1;
  const uint32_t final_norm = first_layer + config.n_layers * kTensorsPerLayer;
  if (inside_layer(role)) {
    const auto within = static_cast<uint32_t>(role) - static_cast<uint32_t>(Role::kAttentionNorm);
    return first_layer + layer * kTensorsPerLayer + within;
  }
  if (role == Role::kFinalNorm) return final_norm;
  if (role == Role::kTokenEmbedding && !config.tied_classifier) return 0;
  return final_norm + 1;
}

size_t row_bytes(DType type, uint32_t cols) {
  switch (type) {
    case DType::kF32:
      return round_up<size_t>(size_t{cols} * sizeof(float), format::kRowAlign);
    case DType::kF16:
    case DType::kQ16:
      return round_up<size_t>(size_t{cols} * sizeof(uint16_t), format::kRowAlign);
    case DType::kQ8:
      return q8_row_bytes(cols);
    case DType::kQ4:
      return q4_row_bytes(cols);
  }
  return 0;
}

uint64_t tensor_bytes(DType type, uint32_t rows, uint32_t cols) {
  if (type == DType::kQ8) return panels_bytes(rows, q8_header_bytes(), q8_row_bytes(cols));
  if (type == DType::kQ4) return panels_bytes(rows, q4_header_bytes(cols), q4_row_bytes(cols));
  return uint64_t{rows} * row_bytes(type, cols);
}

bool is_norm(Role role) { return role == Role::kAttentionNorm || role == Role::kFfnNorm || role == Role::kFinalNorm; }

bool allows(Arithmetic arithmetic, Role role, DType type) {
  if (arithmetic == Arithmetic::kInteger) {
    return is_norm(role) ? type == DType::kQ16 : type == DType::kQ8 || type == DType::kQ4;
  }
  return type == DType::kF32 || (type == DType::kF16 && !is_norm(role));
}

const char* role_name(Role role) {
  static constexpr std::array<const char*, kRoleCount> kNames = {
      "token_embedding", "attention_norm", "wq",   "wk",     "wv",         "wo",
      "ffn_norm",        "w_gate",         "w_up", "w_down", "final_norm", "classifier"};
  const auto i = static_cast<size_t>(role);
  return i < kNames.size() ? kNames[i] : "unknown";
}

const char* dtype_name(DType type) {
  static constexpr std::array<const char*, 5> kNames = {"f32", "f16", "q8", "q4", "q16"};
  const auto i = static_cast<size_t>(type);
  return i < kNames.size() ? kNames[i] : "unknown";
}

}  // namespace thimble
