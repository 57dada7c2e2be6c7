// The weights of one layer, resolved once from the directory so that the forward pass need not search.
#pragma once

#include "thimble/model.h"

namespace thimble {

struct LayerWeights {
  TensorView rms_att;  // [1, dim]
  TensorView wq;       // [q_dim, dim]
  TensorView wk;       // [kv_dim, dim]
  TensorView wv;       // [kv_dim, dim]
  TensorView wo;       // [dim, q_dim]
  TensorView rms_ffn;  // [1, dim]
  TensorView w1;       // [hidden_dim, dim], gate
  TensorView w3;       // [hidden_dim, dim], up
  TensorView w2;       // [dim, hidden_dim], down
};

}  // namespace thimble
