// Where the instructions of a token go: a table of kernels that counts around each call of the real one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "thimble/model.h"

namespace thimble::emu {

// Matrix products by the role of the matrix, which stand first with the numbers of Role; then the other kernels.
enum class Stage : uint8_t {
  kFirstRole = 0,
  kAttention = kRoleCount,  // scores, softmax and mix
  kNorm,
  kQuantise,  // vectors to int8, and the largest element that this needs
  kRope,
  kGate,
  kAdd,
  kLogits,   // integers to f32
  kSampler,  // passes.cpp
  kTokenizer,
};
inline constexpr size_t kStageCount = static_cast<size_t>(Stage::kTokenizer) + 1;
const char* stage_name(Stage stage);

// Counts of one run. One at a time: kernels carry no context.
class StageCounts {
 public:
  // Engines initialised from now on until stop_counting() have their kernels counted, for as long as they are used.
  // `model` names the matrices.
  void start_counting(const Model& model);
  void stop_counting();

  void add(Stage stage, uint64_t from, uint64_t to);  // port::ticks() before and after
  void clear() { counts_ = {}; }
  uint64_t of(Stage stage) const { return counts_[static_cast<size_t>(stage)]; }

  // The stage of a product with this matrix: a weight of the model, or the keys and values of attention.
  Stage stage_of_matrix(const void* data) const;

 private:
  const Model* model_ = nullptr;
  uint64_t overhead_ = 0;  // of reading the clock twice
  std::array<uint64_t, kStageCount> counts_{};
};

}  // namespace thimble::emu
