#include "engine/network.h"

#include <cstring>
#include <iterator>
#include <new>

#include "base/math.h"
#include "base/quantized_layout.h"
#include "engine/resident.h"

namespace thimble {
namespace {

constexpr Scale kLog2e = {0xb8aa3b29, -31};

// Weights of a layer by role, from kAttentionNorm to kWDown.
constexpr TensorView LayerWeights::*kLayerWeights[] = {
    &LayerWeights::rms_att, &LayerWeights::wq, &LayerWeights::wk, &LayerWeights::wv, &LayerWeights::wo,
    &LayerWeights::rms_ffn, &LayerWeights::w1, &LayerWeights::w3, &LayerWeights::w2};
static_assert(std::size(kLayerWeights) == static_cast<int>(Role::kWDown) - static_cast<int>(Role::kAttentionNorm) + 1);

}  // namespace

size_t Network::narrow_stride(const ModelConfig& c) {
  size_t widest = c.dim;
  if (c.q_dim() > widest) widest = c.q_dim();
  if (c.hidden_dim > widest) widest = c.hidden_dim;
  return round_up<size_t>(widest, kVectorPadding);
}

Network::Network(const Model& model, const Plan& plan, const Memory& memory)
    : kernels_(active_kernels()), model_(model), plan_(plan), config_(plan.config), memory_(memory) {
  static_assert(sizeof(Network) <= kTableAt && kTableAt % kBlockAlignment == 0);
  (void)KvLayout::make(config_, plan_.options.kv_type, plan_.options.context, &kv_layout_);  // make_plan saw it fit

  attention_scale_ = rsqrt_f32(static_cast<float>(config_.head_dim));
  score_scale_ = shifted_by(rsqrt(make_scale(config_.head_dim)) * kLog2e, 8 + kCodeExponent);
  inverse_dim_ = reciprocal(make_scale(config_.dim));
  norm_eps_ = scale_from_f32(config_.norm_eps);

  layers_ = reinterpret_cast<LayerWeights*>(buffer<std::byte>(Buffer::kNetwork) + kTableAt);
  for (uint32_t i = 0; i < config_.n_layers; ++i) new (&layers_[i]) LayerWeights();
  find_weights();

  x_ = buffer<float>(Buffer::kX);
  xb_ = buffer<float>(Buffer::kXb);
  xb2_ = buffer<float>(Buffer::kXb2);
  q_ = buffer<float>(Buffer::kQ);
  k_ = buffer<float>(Buffer::kK);
  v_ = buffer<float>(Buffer::kV);
  hb_ = buffer<float>(Buffer::kHb);
  hb2_ = buffer<float>(Buffer::kHb2);
  rope_ = buffer<float>(Buffer::kRope);
  narrow_xb_ = buffer<int8_t>(Buffer::kXb);
  narrow_stride_ = narrow_stride(config_);
  queries_ = buffer<int8_t>(Buffer::kQueries);
  att_ = buffer<std::byte>(Buffer::kAtt);
  att_bytes_ = plan_.at(Buffer::kAtt).bytes / plan_.options.max_workers;
  logits_ = buffer<float>(Buffer::kLogits);
  const size_t max_batch = plan_.options.max_batch;
  wide_logits_ = buffer<int32_t>(Buffer::kLogits) + max_batch * plan_.logits_rows;
  token_scales_ = buffer<TokenScales>(Buffer::kScales);
  head_scales_ = reinterpret_cast<Scale*>(token_scales_ + max_batch);
  for (size_t b = 0; b < max_batch; ++b) new (&token_scales_[b]) TokenScales();
  for (size_t i = 0; i < max_batch * config_.n_heads; ++i) new (&head_scales_[i]) Scale();
}

// In the image; or copied into fast memory, where the plan says so: from then on the image is not read for them.
void Network::find_weights() {
  ResidentWalk walk(model_, plan_);
  for (ResidentWalk::Step step; walk.next(&step);) {
    TensorView* view = weight(step.role, step.layer);
    *view = step.tensor;
    if (plan_.options.weights != WeightHome::kFast || !step.resident) continue;
    std::memcpy(place(step.place), step.tensor.data, step.place.bytes);
    view->data = place(step.place);
  }
  if (config_.tied_classifier) classifier_ = embedding_;
}

TensorView* Network::weight(Role role, uint32_t layer) {
  if (role == Role::kTokenEmbedding) return &embedding_;
  if (role == Role::kFinalNorm) return &final_norm_;
  if (role == Role::kClassifier) return &classifier_;
  return &(layers_[layer].*kLayerWeights[static_cast<size_t>(role) - static_cast<size_t>(Role::kAttentionNorm)]);
}

std::byte* Network::kv_layer(uint32_t layer) const {
  size_t run = 0;
  while (layer >= plan_.kv_runs[run].first_layer + plan_.kv_runs[run].layers) ++run;
  return place(plan_.kv_runs[run].place) + (layer - plan_.kv_runs[run].first_layer) * plan_.kv_layer_bytes;
}

void Network::run_sweep(std::span<const uint32_t> tokens, uint32_t position) {
  const Sweep sweep{tokens, position};
  find_rotations(sweep);
  if (integer()) {
    integer_embed(sweep);
    for (uint32_t i = 0; i < config_.n_layers; ++i) integer_layer(layers_[i], kv_layer(i), sweep);
  } else {
    float_embed(sweep);
    for (uint32_t i = 0; i < config_.n_layers; ++i) float_layer(layers_[i], kv_layer(i), sweep);
  }
}

void Network::begin_logits(size_t first, size_t count) {
  if (integer()) {
    integer_norm(final_norm_, first, count);
  } else {
    float_norm(final_norm_, first, count);
  }
}

const float* Network::logits(size_t first_row, size_t rows, size_t count) {
  const TensorView& w = classifier_;
  const size_t stride = plan_.logits_rows;
  split_rows(rows, [&](Range part) {
    const Range range{first_row + part.first, first_row + part.last};
    if (!integer()) {
      float_rows(w, range, xb_, logits_ + part.first, stride, count);
      return;
    }
    integer_rows(w, range, wide_logits_ + part.first, stride, count);
    for (size_t i = 0; i < count; ++i) {
      const Multiplier to_q16 = multiplier_of(shifted_by(product_scale(w, i), 16));
      const size_t at = i * stride + part.first;
      kernels_.logits_i32(logits_ + at, wide_logits_ + at, to_q16, part.size());
    }
  });
  return logits_;
}

}  // namespace thimble
