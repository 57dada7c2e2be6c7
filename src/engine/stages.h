// The stages of a token, for whoever counts around the calls of kernels: firmware/emu instructions, thimble bench time.
// Nothing here is part of an engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "kernels/kernels.h"
#include "thimble/model.h"

namespace thimble {

// Matrix products by the role of the matrix, which stand first with the numbers of Role; then the other kernels.
enum class Stage : uint8_t {
  kFirstRole = 0,
  kAttention = kRoleCount,  // scores, softmax and mix
  kNorm,
  kQuantise,  // vectors to int8, and the largest element that this needs
  kRope,
  kGate,
  kAdd,
  kLogits,  // integers to f32
  kSampler,
  kTokenizer,
};
inline constexpr size_t kStageCount = static_cast<size_t>(Stage::kTokenizer) + 1;

inline const char* stage_name(Stage stage) {
  constexpr const char* kOthers[] = {"attention", "norms",  "quantise", "rope",     "gate",
                                     "add",       "logits", "sampler",  "tokenizer"};
  static_assert(std::size(kOthers) == kStageCount - kRoleCount);
  const auto i = static_cast<size_t>(stage);
  return i < kRoleCount ? role_name(static_cast<Role>(i)) : kOthers[i - kRoleCount];
}

// The products of a role in a report: those that share a stage of the forward pass share a name.
constexpr const char* product_stage(Role role) {
  switch (role) {
    case Role::kWq:
    case Role::kWk:
    case Role::kWv:
      return "q, k, v";
    case Role::kWo:
      return "wo";
    case Role::kWGate:
    case Role::kWUp:
      return "gate, up";
    case Role::kWDown:
      return "down";
    default:
      return "classifier";
  }
}

// The stage of a product with this matrix: a weight of the model, or the keys and values of attention.
inline Stage stage_of_matrix(const Model& model, const void* data) {
  for (uint32_t i = 0; i < model.tensor_count(); ++i) {
    Role role = Role::kTokenEmbedding;
    uint32_t layer = 0;
    const TensorView tensor = model.tensor_at(i, &role, &layer);
    const auto offset = reinterpret_cast<uintptr_t>(data) - reinterpret_cast<uintptr_t>(tensor.data);
    if (offset >= tensor.bytes) continue;
    // The one product with an embedding is that of a classifier tied to it.
    return static_cast<Stage>(role == Role::kTokenEmbedding ? Role::kClassifier : role);
  }
  return Stage::kAttention;
}

// A table of Around<kernel, stage>::call, each to be called instead of the kernel. A sampler calls library_kernels(),
// so that it can be counted as a whole. Stage::kFirstRole: a product, whose first argument says which stage it belongs
// to.
template <template <auto, Stage> class Around>
constexpr Kernels kernels_around(const char* name) {
  return {
      .name = name,
      .matmul_f32 = Around<&Kernels::matmul_f32, Stage::kFirstRole>::call,
      .matmul_f16 = Around<&Kernels::matmul_f16, Stage::kFirstRole>::call,
      .rms_norm_f32 = Around<&Kernels::rms_norm_f32, Stage::kNorm>::call,
      .rope_f32 = Around<&Kernels::rope_f32, Stage::kRope>::call,
      .softmax_f32 = Around<&Kernels::softmax_f32, Stage::kAttention>::call,
      .silu_mul_f32 = Around<&Kernels::silu_mul_f32, Stage::kGate>::call,
      .add_f32 = Around<&Kernels::add_f32, Stage::kAdd>::call,
      .find_most_f32 = Around<&Kernels::find_most_f32, Stage::kSampler>::call,
      .find_above_f32 = Around<&Kernels::find_above_f32, Stage::kSampler>::call,
      .matmul_q8 = Around<&Kernels::matmul_q8, Stage::kFirstRole>::call,
      .matmul_q4 = Around<&Kernels::matmul_q4, Stage::kFirstRole>::call,
      .norm_i32 = Around<&Kernels::norm_i32, Stage::kNorm>::call,
      .max_abs_i32 = Around<&Kernels::max_abs_i32, Stage::kQuantise>::call,
      .quantize_i8 = Around<&Kernels::quantize_i8, Stage::kQuantise>::call,
      .rescale_i8 = Around<&Kernels::rescale_i8, Stage::kQuantise>::call,
      .add_i32 = Around<&Kernels::add_i32, Stage::kAdd>::call,
      .rope_i32 = Around<&Kernels::rope_i32, Stage::kRope>::call,
      .silu_mul_i32 = Around<&Kernels::silu_mul_i32, Stage::kGate>::call,
      .logits_i32 = Around<&Kernels::logits_i32, Stage::kLogits>::call,
      .scores_i8 = Around<&Kernels::scores_i8, Stage::kAttention>::call,
      .weigh_i8 = Around<&Kernels::weigh_i8, Stage::kAttention>::call,
      .mix_i8 = Around<&Kernels::mix_i8, Stage::kAttention>::call,
  };
}

// The same for the kernels for all heads. What stands before and behind attention counts as quantising: the rotation
// in it, too.
template <template <auto, Stage> class Around>
constexpr HeadKernels head_kernels_around() {
  return {
      .store_queries = Around<&HeadKernels::store_queries, Stage::kQuantise>::call,
      .store_keys = Around<&HeadKernels::store_keys, Stage::kQuantise>::call,
      .store_values = Around<&HeadKernels::store_values, Stage::kQuantise>::call,
      .attend = Around<&HeadKernels::attend, Stage::kAttention>::call,
      .attend_f32 = Around<&HeadKernels::attend_f32, Stage::kAttention>::call,
      .gather = Around<&HeadKernels::gather, Stage::kQuantise>::call,
  };
}

}  // namespace thimble
