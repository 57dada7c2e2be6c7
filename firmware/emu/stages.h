// Where the instructions of a token go: a table of kernels that counts around each call of the real one.
#pragma once

#include <array>
#include <cstdint>

#include "engine/stages.h"

namespace thimble::emu {

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

  Stage stage_of_matrix(const void* data) const { return thimble::stage_of_matrix(*model_, data); }

 private:
  const Model* model_ = nullptr;
  uint64_t overhead_ = 0;  // of reading the clock twice
  std::array<uint64_t, kStageCount> counts_{};
};

}  // namespace thimble::emu
