// A layer of a float model: weights of f32 or f16, activations of f32.

#include <cstring>

#include "base/math.h"
#include "engine/network.h"

namespace thimble {

// x = embedding rows of the tokens.
void Network::float_embed(const Sweep& sweep) {
  const TensorView& table = embedding_;
  const size_t dim = config_.dim;
  for (size_t b = 0; b < sweep.batch(); ++b) {
    float* x = x_ + b * dim;
    const uint32_t token = sweep.tokens[b];
    if (table.type == DType::kF32) {
      std::memcpy(x, table.f32_row(token), dim * sizeof(float));
    } else {
      for (size_t i = 0; i < dim; ++i) x[i] = f32_from_f16(table.f16_row(token)[i]);
    }
  }
}

void Network::float_layer(const LayerWeights& w, std::byte* kv, const Sweep& sweep) {
  const size_t batch = sweep.batch();
  float_norm(w.rms_att, 0, batch);  // xb = norm(x)
  project_heads(w, kv, sweep);      // q, and the keys and values of these positions
  attend(kv, sweep);                // q = attention output
  float_project(w.wo, q_, sweep);   // xb2 = wo q
  kernels_.add_f32(x_, xb2_, batch * config_.dim);

  float_norm(w.rms_ffn, 0, batch);  // xb = norm(x)
  float_feed_forward(w, sweep);     // hb = silu(w1 xb) * (w3 xb)
  float_project(w.w2, hb_, sweep);  // xb2 = w2 hb
  kernels_.add_f32(x_, xb2_, batch * config_.dim);
}

// xb of tokens 0 .. count - 1 = norm(x) of the tokens from `first` on.
void Network::float_norm(const TensorView& weight, size_t first, size_t count) {
  const size_t dim = config_.dim;
  for (size_t b = 0; b < count; ++b) {
    kernels_.rms_norm_f32(xb_ + b * dim, x_ + (first + b) * dim, weight.f32_row(0), dim, config_.norm_eps);
  }
}

// out[b * out_stride + i] = row rows.first + i of w times x [batch, w.cols].
void Network::float_rows(const TensorView& w, Range rows, const float* x, float* out, size_t out_stride,
                         size_t batch) const {
  if (w.type == DType::kF32) {
    kernels_.matmul_f32(w.f32_row(rows.first), w.row_bytes / sizeof(float), x, w.cols, out, out_stride, rows.size(),
                        w.cols, batch);
  } else {
    kernels_.matmul_f16(w.f16_row(rows.first), w.row_bytes / sizeof(uint16_t), x, w.cols, out, out_stride, rows.size(),
                        w.cols, batch);
  }
}

// xb2 [batch, dim] = w times x.
void Network::float_project(const TensorView& w, const float* x, const Sweep& sweep) {
  split_rows(w.rows, [&](Range rows) { float_rows(w, rows, x, xb2_ + rows.first, w.rows, sweep.batch()); });
}

void Network::float_feed_forward(const LayerWeights& w, const Sweep& sweep) {
  const size_t hidden = config_.hidden_dim;
  split_rows(hidden, [&](Range rows) {
    float* gate = hb_ + rows.first;
    float* up = hb2_ + rows.first;
    float_rows(w.w1, rows, xb_, gate, hidden, sweep.batch());
    float_rows(w.w3, rows, xb_, up, hidden, sweep.batch());
    for (size_t b = 0; b < sweep.batch(); ++b) kernels_.silu_mul_f32(gate + b * hidden, up + b * hidden, rows.size());
  });
}

}  // namespace thimble
