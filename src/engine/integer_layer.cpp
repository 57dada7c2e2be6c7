// A layer of an integer model: weights of q8 or q4, narrow inputs, wide outputs (kernels.h). Floats appear nowhere;
// scales are numbers of base/scale.h, a few per vector. docs/NUMERICS.md, "The integer path".

#include <bit>

#include "engine/network.h"

namespace thimble {
namespace {

int32_t bit_width(uint32_t x) { return 32 - std::countl_zero(x); }

}  // namespace

// Rows of the embedding become x, the largest element of kEmbeddingBits.
void Network::integer_embed(const Sweep& sweep) {
  for (size_t b = 0; b < sweep.batch(); ++b) {
    int32_t* x = a_.x.wide(b);
    const uint32_t largest = kernels_.max_abs_i32(x, config_.dim);
    const int32_t lift = largest == 0 ? 0 : kEmbeddingBits - bit_width(largest);
    for (size_t i = 0; i < config_.dim; ++i) x[i] = shifted(x[i], -lift);
    a_.x_exponents[b] = weights_.embedding.exponent - lift;
  }
}

void Network::integer_layer(uint32_t layer, const Sweep& sweep) {
  const LayerWeights& w = weights_.layers[layer];
  const size_t batch = sweep.batch();
  integer_norm(w.attention_norm, 0, batch);   // xb = norm(x)
  attention_.project(w, layer, sweep);        // q, and the keys and values of these positions
  attention_.attend(layer, sweep);            // q = attention output
  attention_.gather(sweep);                   // xb = q
  products_.all(w.wo, a_.xb, a_.xb2, batch);  // xb2 = wo xb
  integer_add(w.wo, sweep);                   // x += xb2

  integer_norm(w.ffn_norm, 0, batch);           // xb = norm(x)
  integer_feed_forward(w, sweep);               // xb = silu(w_gate xb) * (w_up xb)
  products_.all(w.down, a_.xb, a_.xb2, batch);  // xb2 = w_down xb
  integer_add(w.down, sweep);                   // x += xb2
}

// xb of tokens 0 .. count - 1 = norm(x) of the tokens from `first` on, narrow.
void Network::integer_norm(const TensorView& weight, size_t first, size_t count) {
  const size_t dim = config_.dim;
  for (size_t b = 0; b < count; ++b) {
    const int32_t exponent = a_.x_exponents[first + b];
    int32_t* normed = a_.xb2.wide(b);
    const uint64_t squares = kernels_.norm_i32(normed, a_.x.wide(first + b), weight.q16_row(0), dim);
    const Scale mean_square = make_scale(squares, 2 * (exponent + kNormSquareShift)) * inverse_dim_;
    const uint32_t largest = kernels_.quantize_i8(a_.xb.narrow(b), normed, dim, a_.xb.stride);
    const Scale scale = shifted_by(rsqrt(mean_square + norm_eps_), exponent + weight.exponent + kNormShift);
    a_.xb_scales[b] = narrow_scale(scale, largest);
  }
}

void Network::integer_feed_forward(const LayerWeights& w, const Sweep& sweep) {
  products_.stream(w.gate, a_.xb, a_.gate, sweep.batch());
  products_.stream(w.up, a_.xb, a_.up, sweep.batch());
  const size_t hidden = config_.hidden_dim;
  products_.split_rows(hidden, 2 * config_.dim * sweep.batch(), [&](Range rows) {
    const Vectors gate = a_.gate.from(rows.first);
    const Vectors up = a_.up.from(rows.first);
    products_.rows(w.gate, rows, a_.xb, gate, sweep.batch());
    products_.rows(w.up, rows, a_.xb, up, sweep.batch());
    for (size_t b = 0; b < sweep.batch(); ++b) {
      const Multiplier to_gate = multiplier_of(shifted_by(Products::unit_of(w.gate, a_.xb_scales[b]), kGateFraction));
      kernels_.silu_mul_i32(gate.wide(b), up.wide(b), to_gate, rows.size());
    }
  });
  for (size_t b = 0; b < sweep.batch(); ++b) {
    const uint32_t largest = kernels_.quantize_i8(a_.xb.narrow(b), a_.gate.wide(b), hidden, a_.xb.stride);
    const Scale unit = shifted_by(Products::unit_of(w.up, a_.xb_scales[b]), kGatedShift - kGateFraction);
    a_.xb_scales[b] = narrow_scale(unit, largest);
  }
}

// x += xb2, both brought to an exponent at which neither exceeds kAddendBits.
void Network::integer_add(const TensorView& w, const Sweep& sweep) {
  const size_t dim = config_.dim;
  for (size_t b = 0; b < sweep.batch(); ++b) {
    int32_t* x = a_.x.wide(b);
    const int32_t* y = a_.xb2.wide(b);
    int32_t& exponent = a_.x_exponents[b];
    const Scale y_scale = Products::unit_of(w, a_.xb_scales[b]);
    const uint32_t x_largest = kernels_.max_abs_i32(x, dim);
    const uint32_t y_largest = kernels_.max_abs_i32(y, dim);
    const Scale y_reach = y_scale * make_scale(y_largest);
    if (y_reach.mantissa == 0) continue;
    // exponents e of 2^e above the largest elements
    const int32_t y_top = y_reach.exponent + 32;
    const int32_t x_top = x_largest == 0 ? y_top : bit_width(x_largest) + exponent;
    const int32_t sum_exponent = (x_top > y_top ? x_top : y_top) - kAddendBits;
    const int32_t lift = std::countl_zero(y_largest) - 1;
    const Multiplier m = multiplier_of(shifted_by(y_scale, -lift - sum_exponent));
    kernels_.add_i32(x, sum_exponent - exponent, y, lift, m, dim);
    exponent = sum_exponent;
  }
}

}  // namespace thimble
