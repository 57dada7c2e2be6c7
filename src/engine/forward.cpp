// The forward pass. One sweep reads every weight once and serves up to max_batch tokens; each token's numbers are
// computed exactly as if it were alone, so the bits do not depend on the batch.

#include <cstring>

#include "base/fp_environment.h"
#include "base/math.h"
#include "engine/kv_cache.h"
#include "engine/weights.h"
#include "kernels/kernels.h"
#include "thimble/engine.h"

namespace thimble {

struct Engine::Sweep {
  std::span<const uint32_t> tokens;  // [batch]
  uint32_t position = 0;             // of the first token
  size_t batch() const { return tokens.size(); }
};

Status Engine::forward(std::span<const uint32_t> tokens, LogitsOf logits, const LogitsSink* sink) {
  if (!ready()) return Status::error(Code::kNotReady, "engine");
  if (logits != LogitsOf::kNone && (sink == nullptr || sink->rows == nullptr)) {
    return Status::error(Code::kInvalidArgument, "logits sink");
  }
  if (tokens.size() > context() - position_) {
    return Status::error(Code::kContextFull, "tokens").got(position_ + tokens.size(), context());
  }
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < plan_.config.vocab_size) continue;
    return Status::error(Code::kBadToken, "token").at(i).got(tokens[i], plan_.config.vocab_size - 1);
  }
  const FpEnvironment environment;
  const size_t max_batch = plan_.options.max_batch;
  for (size_t done = 0; done < tokens.size();) {
    const size_t left = tokens.size() - done;
    const auto batch = tokens.subspan(done, left < max_batch ? left : max_batch);
    run_sweep(batch);
    const auto count = static_cast<uint32_t>(batch.size());
    const auto index = static_cast<uint32_t>(done);
    done += batch.size();
    if (logits == LogitsOf::kAll) classify(0, count, index, *sink);
    if (logits == LogitsOf::kLast && done == tokens.size()) classify(count - 1, 1, index + count - 1, *sink);
  }
  return {};
}

void Engine::run_sweep(std::span<const uint32_t> tokens) {
  const Sweep sweep{tokens, position_};
  embed(sweep);
  for (uint32_t layer = 0; layer < plan_.config.n_layers; ++layer) run_layer(layer, sweep);
  position_ += static_cast<uint32_t>(tokens.size());
}

// x = embedding rows of the tokens; rope = cosine and sine of every pair at every position of the sweep.
void Engine::embed(const Sweep& sweep) {
  const ModelConfig& c = plan_.config;
  const TensorView table = model_.tensor(Role::kTokenEmbedding);  // [vocab_size, dim]
  for (size_t b = 0; b < sweep.batch(); ++b) {
    std::memcpy(x_ + b * c.dim, table.f32_row(sweep.tokens[b]), size_t{c.dim} * sizeof(float));
    float* rope = rope_ + b * c.head_dim;
    for (uint32_t i = 0; i < c.head_dim / 2; ++i) {
      // Phases wrap at one turn, which is what 64-bit arithmetic does by itself.
      const CosSin turn = cos_sin_turns(model_.rope_step(i) * (sweep.position + b));
      rope[2 * i] = turn.cos;
      rope[2 * i + 1] = turn.sin;
    }
  }
}

void Engine::run_layer(uint32_t layer, const Sweep& sweep) {
  const ModelConfig& c = plan_.config;
  const LayerWeights& w = layers_[layer];
  const KvLayer kv = kv_layer(layer);
  const size_t batch = sweep.batch();

  norm(w.rms_att, sweep);                      // xb [batch, dim] = norm(x)
  project(w.wq, xb_, c.dim, q_, sweep);        // q [batch, q_dim]
  project(w.wk, xb_, c.dim, k_, sweep);        // k [batch, kv_dim]
  project(w.wv, xb_, c.dim, v_, sweep);        // v [batch, kv_dim]
  rotate(sweep);                               // q, k
  store(kv, sweep);                            // k, v at their positions
  attend(kv, sweep);                           // xb [batch, q_dim]
  project(w.wo, xb_, c.q_dim(), xb2_, sweep);  // xb2 [batch, dim]
  kernels_->add_f32(x_, xb2_, batch * c.dim);

  norm(w.rms_ffn, sweep);                  // xb [batch, dim] = norm(x)
  project(w.w1, xb_, c.dim, hb_, sweep);   // hb [batch, hidden_dim], gate
  project(w.w3, xb_, c.dim, hb2_, sweep);  // hb2 [batch, hidden_dim], up
  kernels_->silu_mul_f32(hb_, hb2_, batch * c.hidden_dim);
  project(w.w2, hb_, c.hidden_dim, xb2_, sweep);  // xb2 [batch, dim], down
  kernels_->add_f32(x_, xb2_, batch * c.dim);
}

void Engine::norm(const TensorView& weight, const Sweep& sweep) {
  const size_t dim = plan_.config.dim;
  for (size_t b = 0; b < sweep.batch(); ++b) {
    kernels_->rms_norm_f32(xb_ + b * dim, x_ + b * dim, weight.f32_row(0), dim, plan_.config.norm_eps);
  }
}

// out [batch, rows] = x [batch, cols] times w [rows, cols].
void Engine::project(const TensorView& w, const float* x, size_t x_stride, float* out, const Sweep& sweep) {
  kernels_->matmul_f32(w.f32_row(0), w.row_bytes / sizeof(float), x, x_stride, out, w.rows, w.rows, w.cols,
                       sweep.batch());
}

void Engine::rotate(const Sweep& sweep) {
  const ModelConfig& c = plan_.config;
  for (size_t b = 0; b < sweep.batch(); ++b) {
    const float* rope = rope_ + b * c.head_dim;
    kernels_->rope_f32(q_ + b * c.q_dim(), rope, c.n_heads, c.head_dim);
    kernels_->rope_f32(k_ + b * c.kv_dim(), rope, c.n_kv_heads, c.head_dim);
  }
}

void Engine::store(const KvLayer& kv, const Sweep& sweep) {
  const ModelConfig& c = plan_.config;
  for (size_t b = 0; b < sweep.batch(); ++b) {
    const size_t position = sweep.position + b;
    for (size_t head = 0; head < c.n_kv_heads; ++head) {
      const float* k = k_ + b * c.kv_dim() + head * c.head_dim;
      const float* v = v_ + b * c.kv_dim() + head * c.head_dim;
      std::memcpy(kv.keys + (head * context() + position) * kv.key_stride, k, size_t{c.head_dim} * sizeof(float));
      float* column = kv.values + head * c.head_dim * kv.value_stride + position;
      for (size_t d = 0; d < c.head_dim; ++d) column[d * kv.value_stride] = v[d];
    }
  }
}

// xb [batch, q_dim]: for each head, values weighted by softmax(q . keys * scale) over the positions up to its own.
void Engine::attend(const KvLayer& kv, const Sweep& sweep) {
  const ModelConfig& c = plan_.config;
  const size_t heads_per_kv = c.n_heads / c.n_kv_heads;
  for (size_t b = 0; b < sweep.batch(); ++b) {
    const size_t length = sweep.position + b + 1;
    for (size_t head = 0; head < c.n_heads; ++head) {
      const size_t kv_head = head / heads_per_kv;
      const float* q = q_ + b * c.q_dim() + head * c.head_dim;
      float* out = xb_ + b * c.q_dim() + head * c.head_dim;
      const float* keys = kv.keys + kv_head * context() * kv.key_stride;         // [length, head_dim]
      const float* values = kv.values + kv_head * c.head_dim * kv.value_stride;  // [head_dim, length]
      kernels_->matmul_f32(keys, kv.key_stride, q, c.head_dim, att_, length, length, c.head_dim, 1);
      kernels_->softmax_f32(att_, length, attention_scale_);
      kernels_->matmul_f32(values, kv.value_stride, att_, length, out, c.head_dim, c.head_dim, length, 1);
    }
  }
}

// Logits of `count` tokens of the last sweep from `first` on, block by block; `index` is the first one's place in the
// forward() call.
void Engine::classify(uint32_t first, uint32_t count, uint32_t index, const LogitsSink& sink) {
  const ModelConfig& c = plan_.config;
  const TensorView w = model_.tensor(Role::kClassifier);  // [vocab_size, dim]
  const TensorView final_norm = model_.tensor(Role::kFinalNorm);
  for (uint32_t i = 0; i < count; ++i) {
    const float* x = x_ + size_t{first + i} * c.dim;
    kernels_->rms_norm_f32(xb_ + size_t{i} * c.dim, x, final_norm.f32_row(0), c.dim, c.norm_eps);
  }
  const uint32_t block_rows = plan_.logits_rows;
  for (uint32_t row = 0; row < c.vocab_size; row += block_rows) {
    const uint32_t rows = c.vocab_size - row < block_rows ? c.vocab_size - row : block_rows;
    kernels_->matmul_f32(w.f32_row(row), w.row_bytes / sizeof(float), xb_, c.dim, logits_, block_rows, rows, c.dim,
                         count);
    for (uint32_t i = 0; i < count; ++i) {
      sink.rows(sink.context, index + i, row, {logits_ + size_t{i} * block_rows, rows});
    }
  }
}

}  // namespace thimble
