// Attention: queries, keys and values from their matrices into the kv cache, and the heads over it. The cache is f32 or
// int8 whatever the arithmetic of the model; a head changes its form on the way where the two differ.

#include <cstring>

#include "base/math.h"
#include "engine/network.h"
#include "engine/wide.h"

namespace thimble {
// Cosine and sine of every pair at every position of the sweep.
void Network::find_rotations(const Sweep& sweep) {
  for (size_t b = 0; b < sweep.batch(); ++b) {
    float* rope = rope_ + b * config_.head_dim;
    for (uint32_t i = 0; i < config_.head_dim / 2; ++i) {
      // Phases wrap at one turn, which is what 64-bit arithmetic does by itself.
      const CosSin turn = cos_sin_turns(model_.rope_step(i) * (sweep.position + b));
      if (integer()) {
        wide(rope)[2 * i] = q30_from_f32(turn.cos);
        wide(rope)[2 * i + 1] = q30_from_f32(turn.sin);
      } else {
        rope[2 * i] = turn.cos;
        rope[2 * i + 1] = turn.sin;
      }
    }
  }
}

// One stage for q, k and v: its units are heads, those of the queries first, then keys, then values.
void Network::project_heads(const LayerWeights& w, std::byte* kv, const Sweep& sweep) {
  const size_t keys = config_.n_heads;
  const size_t values = keys + config_.n_kv_heads;
  const size_t units = values + config_.n_kv_heads;
  const auto overlap = [](Range r, size_t first, size_t last) {
    const size_t from = r.first < first ? first : r.first;
    const size_t to = r.last > last ? last : r.last;
    return from < to ? Range{from - first, to - first} : Range{};
  };
  split(units, [&](Range heads, uint32_t) {
    finish_queries(w, overlap(heads, 0, keys), sweep);
    finish_keys(w, overlap(heads, keys, values), kv, sweep);
    finish_values(w, overlap(heads, values, units), kv, sweep);
  });
}

// Rows of some heads: out [batch, out_stride], where head h starts at h * head_dim.
void Network::project_head_rows(const TensorView& w, Range heads, float* out, size_t out_stride, size_t batch) const {
  if (heads.size() == 0) return;
  const Range rows{heads.first * config_.head_dim, heads.last * config_.head_dim};
  if (integer()) {
    integer_rows(w, rows, wide(out) + rows.first, out_stride, batch);
  } else {
    float_rows(w, rows, xb_, out + rows.first, out_stride, batch);
  }
}

// Rotates a head of token b by its position. The scale of a wide head doubles.
void Network::rotate(float* head, size_t b) const {
  const float* rope = rope_ + b * config_.head_dim;
  if (integer()) {
    kernels_.rope_i32(wide(head), reinterpret_cast<const int32_t*>(rope), 1, config_.head_dim);
  } else {
    kernels_.rope_f32(head, rope, 1, config_.head_dim);
  }
}

// The scale of the heads that w gives for token b; nothing in a float model.
Scale Network::head_scale(const TensorView& w, size_t b) const { return integer() ? product_scale(w, b) : Scale{}; }

// A head in the form that the cache keeps: wide for int8, f32 otherwise. `scale`: of a wide head. Returns it.
Scale Network::widened(float* head, Scale scale) const {
  if (kv_layout_.type == KvType::kI8 && !integer()) return wide_from_f32(head, config_.head_dim);
  if (kv_layout_.type == KvType::kF32 && integer()) f32_from_wide(head, config_.head_dim, scale);
  return scale;
}

void Network::finish_queries(const LayerWeights& w, Range heads, const Sweep& sweep) const {
  const size_t head_dim = config_.head_dim;
  project_head_rows(w.wq, heads, q_, config_.q_dim(), sweep.batch());
  for (size_t b = 0; b < sweep.batch(); ++b) {
    const Scale unit = shifted_by(head_scale(w.wq, b), 1);
    for (size_t head = heads.first; head < heads.last; ++head) {
      float* q = q_ + b * config_.q_dim() + head * head_dim;
      rotate(q, b);
      const Scale scale = widened(q, unit);
      if (kv_layout_.type == KvType::kF32) continue;
      int8_t* query = queries_ + (b * config_.n_heads + head) * kv_layout_.key_stride;
      const uint32_t largest = kernels_.quantize_i8(query, wide(q), head_dim, kv_layout_.key_stride);
      head_scales(b)[head] = narrow_scale(scale, largest);
    }
  }
}

void Network::finish_keys(const LayerWeights& w, Range heads, std::byte* kv, const Sweep& sweep) const {
  const size_t head_dim = config_.head_dim;
  project_head_rows(w.wk, heads, k_, config_.kv_dim(), sweep.batch());
  for (size_t b = 0; b < sweep.batch(); ++b) {
    const size_t position = sweep.position + b;
    const Scale unit = shifted_by(head_scale(w.wk, b), 1);
    for (size_t head = heads.first; head < heads.last; ++head) {
      float* k = k_ + b * config_.kv_dim() + head * head_dim;
      rotate(k, b);
      const Scale scale = widened(k, unit);
      if (kv_layout_.type == KvType::kF32) {
        const auto cache = kv_head<float>(kv_layout_, kv, head);
        std::memcpy(cache.keys + position * kv_layout_.key_stride, k, head_dim * sizeof(float));
        continue;
      }
      const auto cache = kv_head<int8_t>(kv_layout_, kv, head);
      const uint8_t code = code_at_least(narrow_scale(scale, kernels_.max_abs_i32(wide(k), head_dim)));
      cache.key_codes[position] = code;
      kernels_.rescale_i8(cache.keys + position * kv_layout_.key_stride, wide(k), head_dim, kv_layout_.key_stride,
                          multiplier_of(scale * reciprocal(scale_of_code(code))));
    }
  }
}

void Network::finish_values(const LayerWeights& w, Range heads, std::byte* kv, const Sweep& sweep) const {
  const size_t head_dim = config_.head_dim;
  project_head_rows(w.wv, heads, v_, config_.kv_dim(), sweep.batch());
  for (size_t b = 0; b < sweep.batch(); ++b) {
    const size_t position = sweep.position + b;
    const Scale unit = head_scale(w.wv, b);
    for (size_t head = heads.first; head < heads.last; ++head) {
      float* v = v_ + b * config_.kv_dim() + head * head_dim;
      const Scale scale = widened(v, unit);
      if (kv_layout_.type == KvType::kF32) {
        float* column = kv_head<float>(kv_layout_, kv, head).values + position;
        for (size_t d = 0; d < head_dim; ++d) column[d * kv_layout_.positions] = v[d];
        continue;
      }
      const auto cache = kv_head<int8_t>(kv_layout_, kv, head);
      const uint8_t code = code_at_least(narrow_scale(scale, kernels_.max_abs_i32(wide(v), head_dim)));
      cache.value_codes[position] = code;
      const Multiplier m = multiplier_of(scale * reciprocal(scale_of_code(code)));
      int8_t* column = cache.values + position;
      for (size_t d = 0; d < head_dim; ++d) column[d * kv_layout_.positions] = narrowed(wide(v)[d], m);
    }
  }
}

// q [batch, q_dim]: for each head, values weighted by softmax(q . keys * scale) over the positions up to its own.
// Heads of a cache of int8 leave integers and their scales in an integer model, floats in a float model.
void Network::attend(std::byte* kv, const Sweep& sweep) {
  const size_t heads_per_kv = config_.n_heads / config_.n_kv_heads;
  split(config_.n_heads, [&](Range heads, uint32_t worker) {
    for (size_t b = 0; b < sweep.batch(); ++b) {
      const size_t length = sweep.position + b + 1;
      for (size_t head = heads.first; head < heads.last; ++head) {
        float* q = q_ + b * config_.q_dim() + head * config_.head_dim;
        if (kv_layout_.type == KvType::kF32) {
          attend_f32(kv_head<float>(kv_layout_, kv, head / heads_per_kv), q, length, worker);
          continue;
        }
        const int8_t* query = queries_ + (b * config_.n_heads + head) * kv_layout_.key_stride;
        Scale& scale = head_scales(b)[head];
        scale = attend_i8(kv_head<int8_t>(kv_layout_, kv, head / heads_per_kv), query, scale, wide(q), length, worker);
        if (!integer()) f32_from_wide(q, config_.head_dim, scale);
      }
    }
  });
}

void Network::attend_f32(const KvHead<float>& kv, float* q, size_t length, uint32_t worker) const {
  auto* scores = reinterpret_cast<float*>(att_ + worker * att_bytes_);
  const size_t head_dim = config_.head_dim;
  kernels_.matmul_f32(kv.keys, kv_layout_.key_stride, q, head_dim, scores, length, length, head_dim, 1);
  kernels_.softmax_f32(scores, length, attention_scale_);
  kernels_.matmul_f32(kv.values, kv_layout_.positions, scores, length, q, head_dim, head_dim, length, 1);
}

// Returns the scale of `out`.
Scale Network::attend_i8(const KvHead<int8_t>& kv, const int8_t* query, Scale query_scale, int32_t* out, size_t length,
                         uint32_t worker) const {
  auto* scores = reinterpret_cast<int32_t*>(att_ + worker * att_bytes_);
  auto* weights = reinterpret_cast<uint16_t*>(scores + kv_layout_.positions);
  const size_t head_dim = config_.head_dim;
  kernels_.scores_i8(scores, kv.keys, kv_layout_.key_stride, kv.key_codes, query, head_dim, length,
                     multiplier_of(query_scale * score_scale_));
  const AttentionWeights sums = kernels_.weigh_i8(weights, scores, kv.value_codes, length);
  // The sum of exponentials, at least 2^15, in 16 bits; what it loses, the mix loses.
  const int32_t shift = 16 - std::countl_zero(sums.sum);
  kernels_.mix_i8(out, kv.values, kv_layout_.positions, weights, head_dim, length, shift);
  const int32_t unit = static_cast<int32_t>(sums.octave) + 5 + kCodeExponent;  // of the weights: weigh_i8
  return shifted_by(reciprocal(make_scale(sums.sum)), shift + unit);
}

// xb = q as one narrow vector: the heads' integers brought to one scale, that of the largest element of all.
void Network::gather_heads(const Sweep& sweep) {
  const size_t head_dim = config_.head_dim;
  const size_t q_dim = config_.q_dim();
  for (size_t b = 0; b < sweep.batch(); ++b) {
    int8_t* xb = narrow_xb_ + b * narrow_stride_;
    float* q = q_ + b * q_dim;
    if (kv_layout_.type == KvType::kF32) {
      const Scale scale = wide_from_f32(q, q_dim);
      const uint32_t largest = kernels_.quantize_i8(xb, wide(q), q_dim, narrow_stride_);
      token_scales_[b].xb = narrow_scale(scale, largest);
      continue;
    }
    Scale largest;
    for (size_t head = 0; head < config_.n_heads; ++head) {
      const Scale reach = head_scales(b)[head] * make_scale(kernels_.max_abs_i32(wide(q) + head * head_dim, head_dim));
      if (largest < reach) largest = reach;
    }
    token_scales_[b].xb = narrow_scale(largest, 1);
    const Scale to_narrow = reciprocal(token_scales_[b].xb);
    for (size_t head = 0; head < config_.n_heads; ++head) {
      const bool last = head + 1 == config_.n_heads;
      const size_t at = head * head_dim;
      kernels_.rescale_i8(xb + at, wide(q) + at, head_dim, last ? narrow_stride_ - at : head_dim,
                          multiplier_of(head_scales(b)[head] * to_narrow));
    }
  }
}

}  // namespace thimble
