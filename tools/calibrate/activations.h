// A forward pass in plain floats that goes on tensor by tensor, over all tokens of a text at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "thimble/model.h"
#include "tools/calibrate/error_feedback.h"

namespace thimble::tools {

class Activations {
 public:
  // `embedded` [tokens, dim]: the rows of the embedding, the sequences one behind the other. `starts`: where each
  // begins, and the end. `phase_steps`: as rope_phase_steps().
  Activations(const ModelConfig& config, RowMatrix embedded, std::vector<size_t> starts,
              std::vector<uint64_t> phase_steps);

  // What the matrix of a role will get. [tokens, its columns]
  const RowMatrix& input() const { return input_; }

  // Goes on behind a tensor. They come in the order of the file.
  void pass(Role role, const RowMatrix& weights);

 private:
  void normalise(const RowMatrix& weights);
  void rotate(RowMatrix* heads) const;
  void attend(const RowMatrix& v);

  ModelConfig config_;
  std::vector<size_t> starts_;
  std::vector<uint64_t> phase_steps_;
  RowMatrix x_;             // [tokens, dim], the residual stream
  RowMatrix input_;         // [tokens, columns of the matrices that come]
  RowMatrix q_, k_, gate_;  // outputs that wait for others of their stage
};

}  // namespace thimble::tools
