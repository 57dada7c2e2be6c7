#include "engine/network.h"

#include <new>

namespace thimble {

Network::Network(const Model& model, const Plan& plan, const Memory& memory, const WeightReader* reader)
    : kernels_(active_kernels()),
      plan_(plan),
      config_(plan.config),
      memory_(memory),
      a_(plan, memory),
      stream_(make_stream(model, reader)),
      products_(kernels_, stream_),
      attention_(model, plan, memory_, kernels_, products_, a_),
      inverse_dim_(reciprocal(make_scale(config_.dim))),
      norm_eps_(scale_from_f32(config_.norm_eps)) {
  static_assert(sizeof(Network) <= kTableAt && kTableAt % kBlockAlignment == 0);
  weights_.layers = reinterpret_cast<LayerWeights*>(memory.at(plan.at(Buffer::kNetwork)).data() + kTableAt);
}

// Behind the table of layers, where the plan keeps room for it.
WeightStream* Network::make_stream(const Model& model, const WeightReader* reader) {
  if (!has_stream(plan_)) return nullptr;
  std::byte* place = memory_.at(plan_.at(Buffer::kNetwork)).data() + stream_at(plan_);
  return new (place) WeightStream(model, plan_, memory_, reader != nullptr ? *reader : WeightReader());
}

Status Network::run_sweep(std::span<const uint32_t> tokens, uint32_t position, bool to_logits) {
  const Sweep sweep{tokens, position};
  if (kStreaming && stream_ != nullptr) stream_->begin_sweep(to_logits);
  attention_.find_rotations(sweep);
  Status status = embed(sweep);
  if (!status.ok()) return status;
  if (kStreaming && stream_ != nullptr) stream_->read_ahead();
  if (integer()) integer_embed(sweep);
  for (uint32_t i = 0; i < config_.n_layers && !failed(); ++i) {
    if (integer()) {
      integer_layer(i, sweep);
    } else {
      float_layer(i, sweep);
    }
  }
  if (failed()) status = failure();
  return status;
}

// x = rows of the embedding, as they are stored.
Status Network::embed(const Sweep& sweep) {
  for (size_t b = 0; b < sweep.batch(); ++b) {
    THIMBLE_RETURN_IF_ERROR(products_.read_row(weights_.embedding, sweep.tokens[b], a_.x, b, a_.xb2.data));
  }
  return {};
}

void Network::begin_logits(size_t first, size_t count) {
  if (integer()) {
    integer_norm(weights_.final_norm, first, count);
  } else {
    float_norm(weights_.final_norm, first, count);
  }
}

const float* Network::logits(size_t first_row, size_t rows, size_t count) {
  const TensorView& w = weights_.classifier;
  products_.stream(w, {first_row, first_row + rows}, a_.xb, integer() ? a_.wide_logits : a_.logits, count);
  products_.split_rows(rows, w.cols * count, [&](Range part) {
    const Range range{first_row + part.first, first_row + part.last};
    if (!integer()) {
      products_.rows(w, range, a_.xb, a_.logits.from(part.first), count);
      return;
    }
    const Vectors wide = a_.wide_logits.from(part.first);
    products_.rows(w, range, a_.xb, wide, count);
    for (size_t i = 0; i < count; ++i) {
      const Multiplier to_logit = multiplier_of(shifted_by(Products::unit_of(w, a_.xb_scales[i]), kLogitFraction));
      kernels_.logits_i32(a_.logits.f32(i) + part.first, wide.wide(i), to_logit, part.size());
    }
  });
  return a_.logits.f32();
}

}  // namespace thimble
