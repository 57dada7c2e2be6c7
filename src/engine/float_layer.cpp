// A layer of a float model: weights of f32 or f16, activations of f32.

#include "engine/network.h"

namespace thimble {

void Network::float_layer(uint32_t layer, const Sweep& sweep) {
  const LayerWeights& w = weights_.layers[layer];
  const size_t batch = sweep.batch();
  float_norm(w.attention_norm, 0, batch);    // xb = norm(x)
  attention_.project(w, layer, sweep);       // q, and the keys and values of these positions
  attention_.attend(layer, sweep);           // q = attention output
  products_.all(w.wo, a_.q, a_.xb2, batch);  // xb2 = wo q
  kernels_.add_f32(a_.x.f32(), a_.xb2.f32(), batch * config_.dim);

  float_norm(w.ffn_norm, 0, batch);               // xb = norm(x)
  float_feed_forward(w, sweep);                   // gate = silu(w_gate xb) * (w_up xb)
  products_.all(w.down, a_.gate, a_.xb2, batch);  // xb2 = w_down gate
  kernels_.add_f32(a_.x.f32(), a_.xb2.f32(), batch * config_.dim);
}

// xb of tokens 0 .. count - 1 = norm(x) of the tokens from `first` on.
void Network::float_norm(const TensorView& weight, size_t first, size_t count) {
  for (size_t b = 0; b < count; ++b) {
    kernels_.rms_norm_f32(a_.xb.f32(b), a_.x.f32(first + b), weight.f32_row(0), config_.dim, config_.norm_eps);
  }
}

void Network::float_feed_forward(const LayerWeights& w, const Sweep& sweep) {
  products_.stream(w.gate, a_.xb, a_.gate, sweep.batch());
  products_.stream(w.up, a_.xb, a_.up, sweep.batch());
  products_.split_rows(config_.hidden_dim, 2 * config_.dim * sweep.batch(), [&](Range rows) {
    const Vectors gate = a_.gate.from(rows.first);
    const Vectors up = a_.up.from(rows.first);
    products_.rows(w.gate, rows, a_.xb, gate, sweep.batch());
    products_.rows(w.up, rows, a_.xb, up, sweep.batch());
    for (size_t b = 0; b < sweep.batch(); ++b) kernels_.silu_mul_f32(gate.f32(b), up.f32(b), rows.size());
  });
}

}  // namespace thimble
