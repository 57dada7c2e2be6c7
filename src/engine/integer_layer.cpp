// A layer of an integer model: weights of q8 or q4, narrow inputs, wide outputs (kernels.h). Floats appear nowhere;
// scales are numbers of base/scale.h, a few per vector. docs/NUMERICS.md, "The integer path".

#include "base/quantized_layout.h"
#include "engine/network.h"

namespace thimble {
namespace {

int32_t bit_width(uint32_t x) { return 32 - std::countl_zero(x); }

// Row r of a q8 or q4 matrix as integers times 2^exponent, below 2^24 in size.
void read_row(const TensorView& w, size_t r, int32_t* out) {
  const bool q4 = w.type == DType::kQ4;
  const PanelLayout layout = q4 ? q4_layout(w.cols) : q8_layout(w.cols);
  const std::byte* row = w.data + layout.row(r);
  const int32_t row_scale = load_u16(w.data + layout.row_scale(r));
  if (!q4) {
    for (size_t c = 0; c < w.cols; ++c) out[c] = static_cast<int8_t>(row[c]) * row_scale;
    return;
  }
  const std::byte* group_scales = w.data + layout.group_scales(r, q4_blocks(w.cols));
  for (size_t c = 0; c < w.cols; ++c) {
    const std::byte pair = row[c / kQ4Block * (kQ4Block / 2) + c % kQ4Group];
    const std::byte scales = group_scales[c / kQ4Block];
    const int32_t weight = c % kQ4Block < kQ4Group ? q4_low(pair) * q4_low(scales) : q4_high(pair) * q4_high(scales);
    out[c] = weight * row_scale;
  }
}

}  // namespace

// x = embedding rows of the tokens, the largest element between 2^26 and 2^27.
void Network::integer_embed(const Sweep& sweep) {
  constexpr int32_t kBits = 27;
  const TensorView& table = embedding_;
  for (size_t b = 0; b < sweep.batch(); ++b) {
    int32_t* x = wide(x_) + b * config_.dim;
    read_row(table, sweep.tokens[b], x);
    const uint32_t largest = kernels_.max_abs_i32(x, config_.dim);
    const int32_t lift = largest == 0 ? 0 : kBits - bit_width(largest);
    for (size_t i = 0; i < config_.dim; ++i) x[i] = shifted(x[i], -lift);
    token_scales_[b].x_exponent = table.exponent - lift;
  }
}

void Network::integer_layer(const LayerWeights& w, std::byte* kv, const Sweep& sweep) {
  integer_norm(w.rms_att, 0, sweep.batch());  // xb = norm(x)
  project_heads(w, kv, sweep);                // q, and the keys and values of these positions
  attend(kv, sweep);                          // q = attention output
  gather_heads(sweep);                        // xb = q
  integer_project(w.wo, sweep);               // xb2 = wo xb
  integer_add(w.wo, sweep);                   // x += xb2

  integer_norm(w.rms_ffn, 0, sweep.batch());  // xb = norm(x)
  integer_feed_forward(w, sweep);             // xb = silu(w1 xb) * (w3 xb)
  integer_project(w.w2, sweep);               // xb2 = w2 xb
  integer_add(w.w2, sweep);                   // x += xb2
}

// xb of tokens 0 .. count - 1 = norm(x) of the tokens from `first` on, narrow.
void Network::integer_norm(const TensorView& weight, size_t first, size_t count) {
  const size_t dim = config_.dim;
  for (size_t b = 0; b < count; ++b) {
    const int32_t exponent = token_scales_[first + b].x_exponent;
    int32_t* normed = wide(xb2_) + b * dim;
    const uint64_t squares = kernels_.norm_i32(normed, wide(x_) + (first + b) * dim, weight.q16_row(0), dim);
    const Scale mean_square = make_scale(squares, 2 * (exponent + 6)) * inverse_dim_;
    const uint32_t largest = kernels_.quantize_i8(narrow_xb_ + b * narrow_stride_, normed, dim, narrow_stride_);
    const Scale scale = shifted_by(rsqrt(mean_square + norm_eps_), exponent + weight.exponent + 13);
    token_scales_[b].xb = narrow_scale(scale, largest);
  }
}

// out[b * out_stride + i] = row rows.first + i of w times xb, wide, in units of product_scale(w, b).
void Network::integer_rows(const TensorView& w, Range rows, int32_t* out, size_t out_stride, size_t batch) const {
  const auto matmul = w.type == DType::kQ8 ? kernels_.matmul_q8 : kernels_.matmul_q4;
  matmul(w.data, w.cols, rows.first, rows.size(), narrow_xb_, narrow_stride_, out, out_stride, batch);
}

Scale Network::product_scale(const TensorView& w, size_t b) const {
  return shifted_by(token_scales_[b].xb, w.exponent + row_shift(w.cols));
}

// xb2 [batch, dim] = w times xb.
void Network::integer_project(const TensorView& w, const Sweep& sweep) {
  split_rows(w.rows, [&](Range rows) { integer_rows(w, rows, wide(xb2_) + rows.first, w.rows, sweep.batch()); });
}

void Network::integer_feed_forward(const LayerWeights& w, const Sweep& sweep) {
  const size_t hidden = config_.hidden_dim;
  split_rows(hidden, [&](Range rows) {
    int32_t* gate = wide(hb_) + rows.first;
    int32_t* up = wide(hb2_) + rows.first;
    integer_rows(w.w1, rows, gate, hidden, sweep.batch());
    integer_rows(w.w3, rows, up, hidden, sweep.batch());
    for (size_t b = 0; b < sweep.batch(); ++b) {
      const Multiplier to_q16 = multiplier_of(shifted_by(product_scale(w.w1, b), 16));
      kernels_.silu_mul_i32(gate + b * hidden, up + b * hidden, to_q16, rows.size());
    }
  });
  for (size_t b = 0; b < sweep.batch(); ++b) {
    const uint32_t largest =
        kernels_.quantize_i8(narrow_xb_ + b * narrow_stride_, wide(hb_) + b * hidden, hidden, narrow_stride_);
    // The gate had units of 2^-16, and its product with `up` was divided by 2^20.
    const Scale unit = shifted_by(product_scale(w.w3, b), 20 - 16);
    token_scales_[b].xb = narrow_scale(unit, largest);
  }
}

// x += xb2, both brought to an exponent at which neither exceeds 2^26: their sum stays below 2^28.
void Network::integer_add(const TensorView& w, const Sweep& sweep) {
  constexpr int32_t kBits = 26;
  const size_t dim = config_.dim;
  for (size_t b = 0; b < sweep.batch(); ++b) {
    int32_t* x = wide(x_) + b * dim;
    const int32_t* y = wide(xb2_) + b * dim;
    int32_t& exponent = token_scales_[b].x_exponent;
    const Scale y_scale = product_scale(w, b);
    const uint32_t x_largest = kernels_.max_abs_i32(x, dim);
    const uint32_t y_largest = kernels_.max_abs_i32(y, dim);
    const Scale y_reach = y_scale * make_scale(y_largest);
    if (y_reach.mantissa == 0) continue;
    // exponents e of 2^e above the largest elements
    const int32_t y_top = y_reach.exponent + 32;
    const int32_t x_top = x_largest == 0 ? y_top : bit_width(x_largest) + exponent;
    const int32_t sum_exponent = (x_top > y_top ? x_top : y_top) - kBits;
    const int32_t lift = std::countl_zero(y_largest) - 1;
    const Multiplier m = multiplier_of(shifted_by(y_scale, -lift - sum_exponent));
    kernels_.add_i32(x, sum_exponent - exponent, y, lift, m, dim);
    exponent = sum_exponent;
  }
}

}  // namespace thimble
