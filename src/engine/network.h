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

#include "base/fp_environment.h"
#include "base/quantized_layout.h"
#include "base/scale.h"
#include "engine/kv_cache.h"
#include "engine/weights.h"
#include "kernels/kernels.h"
#include "thimble/engine.h"

namespace thimble {

class Network {
 public:
  // Views the memory, which Engine::init checked against the plan; model and plan must outlive it.
  Network(const Model& model, const Plan& plan, const Memory& memory);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Bytes for the object and its table of layers.
  static size_t bytes(uint32_t n_layers) { return kTableAt + n_layers * sizeof(LayerWeights); }
  // Bytes of Buffer::kScales.
  static size_t scale_bytes(const ModelConfig& c, size_t max_batch) {
    return max_batch * (sizeof(TokenScales) + c.n_heads * sizeof(Scale));
  }
  // int8 elements between the inputs of two tokens: integer models multiply matrices with vectors of all three widths.
  static size_t narrow_stride(const ModelConfig& c);

  void set_parallel(const Parallel& parallel) { parallel_ = parallel; }

  // Runs at most max_batch tokens, the first of them at `position`, through all layers.
  void run_sweep(std::span<const uint32_t> tokens, uint32_t position);

  // Logits of `count` tokens of the last sweep from `first` on: first the final norm, then any rows in any order.
  void begin_logits(size_t first, size_t count);
  // logits[i * logits_rows + r]: row first_row + r of the i-th token, r < rows <= plan.logits_rows.
  const float* logits(size_t first_row, size_t rows, size_t count);

 private:
  static constexpr size_t kTableAt = 1024;  // behind the object, on a multiple of kBlockAlignment

  struct Sweep {
    std::span<const uint32_t> tokens;  // [batch]
    uint32_t position = 0;             // of the first token
    size_t batch() const { return tokens.size(); }
  };
  struct Range {
    size_t first = 0;
    size_t last = 0;  // exclusive
    size_t size() const { return last - first; }
  };
  // Scales of the integer vectors of one token.
  struct TokenScales {
    int32_t x_exponent = 0;  // residual stream: x * 2^x_exponent
    Scale xb;                // narrow input of the next matrix
  };

  void find_weights();
  TensorView* weight(Role role, uint32_t layer);

  template <class T>
  T* buffer(Buffer which) const {
    return reinterpret_cast<T*>(place(plan_.at(which)));
  }
  std::byte* place(const Placement& p) const { return memory_.block(p.region, p.block).data() + p.offset; }
  std::byte* kv_layer(uint32_t layer) const;

  // Calls body(range, worker) with ranges that cover 0 .. units - 1, one per worker, and waits for all.
  template <class Body>
  void split(size_t units, const Body& body);
  // The same for the rows of a matrix, in whole panels.
  template <class Body>
  void split_rows(size_t rows, const Body& body);

  static int32_t* wide(float* numbers) { return reinterpret_cast<int32_t*>(numbers); }
  bool integer() const { return plan_.arithmetic == Arithmetic::kInteger; }
  Scale* head_scales(size_t b) const { return head_scales_ + b * config_.n_heads; }

  void float_layer(const LayerWeights& w, std::byte* kv, const Sweep& sweep);
  void float_embed(const Sweep& sweep);
  void float_norm(const TensorView& weight, size_t first, size_t count);
  void float_rows(const TensorView& w, Range rows, const float* x, float* out, size_t out_stride, size_t batch) const;
  void float_project(const TensorView& w, const float* x, const Sweep& sweep);
  void float_feed_forward(const LayerWeights& w, const Sweep& sweep);

  void integer_layer(const LayerWeights& w, std::byte* kv, const Sweep& sweep);
  void integer_embed(const Sweep& sweep);
  void integer_norm(const TensorView& weight, size_t first, size_t count);
  void integer_rows(const TensorView& w, Range rows, int32_t* out, size_t out_stride, size_t batch) const;
  void integer_project(const TensorView& w, const Sweep& sweep);
  void integer_feed_forward(const LayerWeights& w, const Sweep& sweep);
  void integer_add(const TensorView& w, const Sweep& sweep);
  Scale product_scale(const TensorView& w, size_t b) const;  // of what integer_rows gives for token b

  void find_rotations(const Sweep& sweep);
  void project_heads(const LayerWeights& w, std::byte* kv, const Sweep& sweep);
  void project_head_rows(const TensorView& w, Range heads, float* out, size_t out_stride, size_t batch) const;
  void finish_queries(const LayerWeights& w, Range heads, const Sweep& sweep) const;
  void finish_keys(const LayerWeights& w, Range heads, std::byte* kv, const Sweep& sweep) const;
  void finish_values(const LayerWeights& w, Range heads, std::byte* kv, const Sweep& sweep) const;
  void rotate(float* head, size_t b) const;
  Scale head_scale(const TensorView& w, size_t b) const;
  Scale widened(float* head, Scale scale) const;
  void attend(std::byte* kv, const Sweep& sweep);
  void attend_f32(const KvHead<float>& kv, float* q, size_t length, uint32_t worker) const;
  Scale attend_i8(const KvHead<int8_t>& kv, const int8_t* query, Scale query_scale, int32_t* out, size_t length,
                  uint32_t worker) const;
  void gather_heads(const Sweep& sweep);

  const Kernels& kernels_;
  const Model& model_;
  const Plan& plan_;
  const ModelConfig& config_;
  const Memory memory_;
  Parallel parallel_;
  KvLayout kv_layout_;

  // Constants of the model
  float attention_scale_ = 0;  // 1 / sqrt(head_dim)
  Scale score_scale_;          // the same for scores_i8: times log2(e), its units, and the unit of scale codes
  Scale inverse_dim_;          // 1 / dim
  Scale norm_eps_;

  // Weights, in fast memory or in the image
  TensorView embedding_;            // [vocab_size, dim]
  TensorView final_norm_;           // [1, dim]
  TensorView classifier_;           // [vocab_size, dim], the embedding when tied
  LayerWeights* layers_ = nullptr;  // [n_layers]
  // Numbers: f32 in a float model; in an integer model int32 in the same memory, see wide().
  float* x_ = nullptr;     // [max_batch, dim]
  float* xb_ = nullptr;    // [max_batch, dim], float models
  float* xb2_ = nullptr;   // [max_batch, dim]
  float* q_ = nullptr;     // [max_batch, q_dim]
  float* k_ = nullptr;     // [max_batch, kv_dim]
  float* v_ = nullptr;     // [max_batch, kv_dim]
  float* hb_ = nullptr;    // [max_batch, hidden_dim]
  float* hb2_ = nullptr;   // [max_batch, hidden_dim]
  float* rope_ = nullptr;  // [max_batch, head_dim]: cos, sin of pair 0, ...; in units of 2^-30 in an integer model
  int8_t* narrow_xb_ = nullptr;  // [max_batch, narrow_stride]
  size_t narrow_stride_ = 0;
  int8_t* queries_ = nullptr;            // [max_batch, n_heads, key stride]
  TokenScales* token_scales_ = nullptr;  // [max_batch]
  Scale* head_scales_ = nullptr;         // [max_batch, n_heads], of queries, then of the heads' outputs
  std::byte* att_ = nullptr;        // [max_workers]: scores of `positions`, and for int8 their weights (u16) behind
  size_t att_bytes_ = 0;            // of one worker
  float* logits_ = nullptr;         // [max_batch, logits_rows]
  int32_t* wide_logits_ = nullptr;  // [max_batch, logits_rows], integer models
};

template <class Body>
void Network::split_rows(size_t rows, const Body& body) {
  split((rows + kPanelRows - 1) / kPanelRows, [&](Range panels, uint32_t) {
    const size_t last = panels.last * kPanelRows;
    body(Range{panels.first * kPanelRows, last < rows ? last : rows});
  });
}

template <class Body>
void Network::split(size_t units, const Body& body) {
  if (parallel_.workers == 1) {
    body(Range{0, units}, 0);
    return;
  }
  struct Call {
    const Body* body;
    size_t units;
    uint32_t workers;
  };
  Call call{&body, units, parallel_.workers};
  const Parallel::Task task = [](void* argument, uint32_t worker) {
    const auto* c = static_cast<const Call*>(argument);
    const Range range{c->units * worker / c->workers, c->units * (worker + 1) / c->workers};
    const FpEnvironment environment;  // a thread's own
    if (range.size() > 0) (*c->body)(range, worker);
  };
  parallel_.run(parallel_.context, task, &call);
}

}  // namespace thimble
