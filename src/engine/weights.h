// The weights of a model by role, resolved once from the directory so that the forward pass need not search.
#pragma once

#include "engine/streaming/weight_stream.h"
#include "thimble/memory.h"
#include "thimble/model.h"
#include "thimble/plan.h"

namespace thimble {

struct LayerWeights {
  TensorView attention_norm;  // [1, dim]
  TensorView wq;              // [q_dim, dim]
  TensorView wk;              // [kv_dim, dim]
  TensorView wv;              // [kv_dim, dim]
  TensorView wo;              // [dim, q_dim]
  TensorView ffn_norm;        // [1, dim]
  TensorView gate;            // [hidden_dim, dim]
  TensorView up;              // [hidden_dim, dim]
  TensorView down;            // [dim, hidden_dim]
};

struct Weights {
  TensorView embedding;            // [vocab_size, dim]
  TensorView final_norm;           // [1, dim]
  TensorView classifier;           // [vocab_size, dim], the embedding when tied
  LayerWeights* layers = nullptr;  // [n_layers], in memory of the caller

  // Finds every tensor of the model, and brings into memory what the plan keeps there: from then on neither the image
  // nor the stream is asked for it. A tensor that is not in one piece has no data. `stream`: null when weights are in
  // memory as they are. Errors: those of WeightStream::fetch; kMismatch (a plan for other types of weights, whose room
  // does not do).
  Status load(const Model& model, const Plan& plan, const Memory& memory, WeightStream* stream);

 private:
  Status load_runs(const Model& model, const Plan& plan, const Memory& memory, WeightStream* stream);
};

}  // namespace thimble
