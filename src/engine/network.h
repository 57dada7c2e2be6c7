// The forward pass over buffers laid out by a plan. One sweep reads every weight once and serves up to max_batch
// tokens; each token's numbers are computed exactly as if it were alone, so the bits depend neither on the batch nor
// on how rows and heads are split over workers.
//
// A model is float or integer throughout (Arithmetic); its kv cache is f32 or int8. The four combinations share the
// steps below; what differs is in float_layer.cpp, integer_layer.cpp and attention.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/activations.h"
#include "engine/attention.h"
#include "engine/products.h"
#include "engine/weights.h"
#include "kernels/kernels.h"

namespace thimble {

class Network {
 public:
  // Views the memory, which Engine::init checked against the plan; model and plan must outlive it. `reader`: null for
  // weights in memory.
  Network(const Model& model, const Plan& plan, const Memory& memory, const WeightReader* reader);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Bytes for the object, its table of layers, and a stream of weights where the plan needs one.
  static size_t bytes(const Plan& plan) { return stream_at(plan) + (has_stream(plan) ? sizeof(WeightStream) : 0); }

  // Before anything else. Errors: those of WeightStream::load.
  Status load_weights(const Model& model) { return weights_.load(model, plan_, memory_, stream_); }

  void set_parallel(const Parallel& parallel) { products_.set_parallel(parallel); }

  // Runs at most max_batch tokens, the first of them at `position`, through all layers. `to_logits`: whether logits of
  // some of them will be asked for. Errors: those of WeightStream::fetch and status.
  Status run_sweep(std::span<const uint32_t> tokens, uint32_t position, bool to_logits);

  // Logits of `count` tokens of the last sweep from `first` on: first the final norm, then any rows in any order.
  void begin_logits(size_t first, size_t count);
  // logits[i * logits_rows + r]: row first_row + r of the i-th token, r < rows <= plan.logits_rows. Where weights are
  // streamed, rows come in order, and count only where nothing failed().
  const float* logits(size_t first_row, size_t rows, size_t count);

  // Whether weights did not come that the sweep has asked for; then why.
  bool failed() const { return kStreaming && stream_ != nullptr && !stream_->status().ok(); }
  const Status& failure() const { return stream_->status(); }
  StreamCounts stream_counts() const { return kStreaming && stream_ != nullptr ? stream_->counts() : StreamCounts(); }

 private:
  static constexpr size_t kTableAt = 1024;  // behind the object, on a multiple of kBlockAlignment

  static bool has_stream(const Plan& plan) {
    return kStreaming && (plan.from_head || plan.options.weights == WeightHome::kStreamed);
  }
  static size_t stream_at(const Plan& plan) { return kTableAt + plan.config.n_layers * sizeof(LayerWeights); }

  bool integer() const { return plan_.arithmetic == Arithmetic::kInteger; }

  WeightStream* make_stream(const Model& model, const WeightReader* reader);
  Status embed(const Sweep& sweep);
  void float_layer(uint32_t layer, const Sweep& sweep);
  void float_norm(const TensorView& weight, size_t first, size_t count);
  void float_feed_forward(const LayerWeights& w, const Sweep& sweep);

  void integer_embed(const Sweep& sweep);
  void integer_layer(uint32_t layer, const Sweep& sweep);
  void integer_norm(const TensorView& weight, size_t first, size_t count);
  void integer_feed_forward(const LayerWeights& w, const Sweep& sweep);
  void integer_add(const TensorView& w, const Sweep& sweep);

  const Kernels& kernels_;
  const Plan& plan_;
  const ModelConfig& config_;
  const Memory memory_;
  const Activations a_;
  Weights weights_;
  WeightStream* const stream_;  // null when weights are in memory as they are
  Products products_;
  const Attention attention_;
  const Scale inverse_dim_;  // 1 / dim
  const Scale norm_eps_;
};

}  // namespace thimble
