#include "bench/quantization_study/network.h"

#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "base/scale.h"
#include "format/roles.h"
#include "kernels/tables.h"

namespace thimble::study {
namespace {

constexpr size_t kLanes = 8;  // of a vector

// The scale in the form that is stored, not below `scale`, so that nothing saturates.
float stored_scale(float scale, ScaleForm form) {
  if (form == ScaleForm::kCode8) return f32_from_scale(scale_of_code(code_at_least(scale_from_f32(scale))));
  if (form == ScaleForm::kPowerOfTwo) return std::exp2(std::ceil(std::log2(scale)));
  return scale;
}

// Rounds x to int8 and back. Returns the scale.
float narrow(std::span<float> x, ScaleForm form = ScaleForm::kF32) {
  float largest = 0;
  for (const float v : x) largest = std::max(largest, std::abs(v));
  if (largest == 0) return 0;
  const float scale = stored_scale(largest / 127, form);
  for (float& v : x) v = std::clamp(std::nearbyint(v / scale), -127.0f, 127.0f) * scale;
  return scale;
}

void add(std::vector<float>* x, const std::vector<float>& y) {
  for (size_t i = 0; i < x->size(); ++i) (*x)[i] += y[i];
}

// exp(-x) in units of 2^-15, cut off to whole ones.
float exp_by_table(float x) {
  constexpr float kStepsPerNat = 256 * 1.44269504f;
  const auto distance = static_cast<uint32_t>(std::min(x * kStepsPerNat + 0.5f, 16.0f * kExp2Steps));
  const uint32_t octaves = distance / kExp2Steps;
  return octaves < 16 ? static_cast<float>(kExp2Table[distance % kExp2Steps] >> octaves) : 0.0f;
}

}  // namespace

PackedMatrix::PackedMatrix(const Matrix& m) : rows_(m.rows), cols_(m.cols) {
  const size_t panels = (rows_ + kTile - 1) / kTile;
  w_.resize(panels * cols_ * kTile);
  for (size_t r = 0; r < rows_; ++r) {
    for (size_t c = 0; c < cols_; ++c) w_[(r / kTile * cols_ + c) * kTile + r % kTile] = m.row(r)[c];
  }
}

std::vector<float> PackedMatrix::times(const std::vector<float>& x) const {
  const size_t n = x.size() / cols_;
  std::vector<float> out(n * rows_);
  for (size_t first = 0; first < rows_; first += kTile) {
    const float* panel = w_.data() + first * cols_;
    const size_t rows = std::min(kTile, rows_ - first);
    for (size_t t = 0; t < n; ++t) {
      float acc[kTile] = {};
      for (size_t c = 0; c < cols_; ++c) {
        const float v = x[t * cols_ + c];
        for (size_t i = 0; i < kTile; ++i) acc[i] += panel[c * kTile + i] * v;
      }
      std::copy_n(acc, rows, out.data() + t * rows_ + first);
    }
  }
  return out;
}

Network::Network(const Weights& weights, const Numerics& numerics) : weights_(weights), numerics_(numerics) {
  for (const auto& [name, m] : weights.tensors) {
    if (!format::is_norm(name.role)) packed_.emplace(name, m);
  }
  const ModelConfig& c = weights.config;
  for (uint32_t position = 0; position < c.max_context; ++position) {
    for (uint32_t i = 0; i < c.head_dim; i += 2) {
      const double turn = position / std::pow(static_cast<double>(c.rope_theta), static_cast<double>(i) / c.head_dim);
      rope_.push_back(static_cast<float>(std::cos(turn)));
      rope_.push_back(static_cast<float>(std::sin(turn)));
    }
  }
}

std::vector<float> Network::run(const Tokens& tokens) const {
  const ModelConfig& c = weights_.config;
  std::vector<float> x;
  for (const uint32_t token : tokens) {
    const auto row = weights_.at({Role::kTokenEmbedding}).row(token);
    x.insert(x.end(), row.begin(), row.end());
  }
  for (uint32_t layer = 0; layer < c.n_layers; ++layer) {
    std::vector<float> att = attention(norm(x, {Role::kAttentionNorm, layer}), layer);
    make_narrow(&att, c.q_dim());
    add(&x, times({Role::kWo, layer}, att));

    const std::vector<float> xb = norm(x, {Role::kFfnNorm, layer});
    std::vector<float> hb = times({Role::kWGate, layer}, xb);
    const std::vector<float> up = times({Role::kWUp, layer}, xb);
    for (size_t i = 0; i < hb.size(); ++i) hb[i] = hb[i] / (1 + std::exp(-hb[i])) * up[i];
    make_narrow(&hb, c.hidden_dim);
    add(&x, times({Role::kWDown, layer}, hb));
  }
  return times({c.tied_classifier ? Role::kTokenEmbedding : Role::kClassifier}, norm(x, {Role::kFinalNorm}));
}

void Network::make_narrow(std::vector<float>* x, size_t width) const {
  if (!numerics_.activations) return;
  for (size_t at = 0; at < x->size(); at += width) narrow({x->data() + at, width}, numerics_.activation_scale);
}

std::vector<float> Network::norm(const std::vector<float>& x, TensorName name) const {
  const size_t dim = weights_.config.dim;
  const auto weight = weights_.at(name).row(0);
  std::vector<float> out(x.size());
  for (size_t at = 0; at < x.size(); at += dim) {
    float squares = 0;
    for (size_t i = 0; i < dim; ++i) squares += x[at + i] * x[at + i];
    const float scale = 1 / std::sqrt(squares / static_cast<float>(dim) + weights_.config.norm_eps);
    for (size_t i = 0; i < dim; ++i) out[at + i] = weight[i] * (x[at + i] * scale);
  }
  make_narrow(&out, dim);
  return out;
}

// heads [n, width]: each head of each position rotated by its position.
void Network::rotate(std::vector<float>* heads, size_t width) const {
  const size_t head_dim = weights_.config.head_dim;
  for (size_t i = 0; i < heads->size(); i += 2) {
    const float* cos_sin = rope_.data() + i / width * head_dim + i % head_dim;
    const float c = cos_sin[0];
    const float s = cos_sin[1];
    const float x0 = (*heads)[i];
    const float x1 = (*heads)[i + 1];
    (*heads)[i] = x0 * c - x1 * s;
    (*heads)[i + 1] = x0 * s + x1 * c;
  }
}

// Rounds keys or values [n, kv_dim] as the cache does. Returns the scales, [n, n_kv_heads].
std::vector<float> Network::make_cache(std::vector<float>* kv, KvSpan span) const {
  const ModelConfig& c = weights_.config;
  std::vector<float> scales;
  if (span == KvSpan::kOff) return scales;
  const size_t width = span == KvSpan::kHead ? c.head_dim : c.kv_dim();
  for (size_t at = 0; at < kv->size(); at += width) {
    scales.insert(scales.end(), width / c.head_dim, narrow({kv->data() + at, width}, numerics_.kv_scale));
  }
  return scales;
}

std::vector<float> Network::attention(const std::vector<float>& xb, uint32_t layer) const {
  const ModelConfig& c = weights_.config;
  const size_t head_dim = c.head_dim;
  std::vector<float> q = times({Role::kWq, layer}, xb);
  std::vector<float> k = times({Role::kWk, layer}, xb);
  std::vector<float> v = times({Role::kWv, layer}, xb);
  rotate(&q, c.q_dim());
  rotate(&k, c.kv_dim());
  if (numerics_.queries) {
    for (size_t at = 0; at < q.size(); at += head_dim) narrow({q.data() + at, head_dim});
  }
  make_cache(&k, numerics_.keys);
  const std::vector<float> v_scales = make_cache(&v, numerics_.values);

  std::vector<float> out(q.size());
  std::vector<float> a(xb.size() / c.dim);
  for (size_t head = 0; head < c.n_heads; ++head) {
    const size_t kv_head = head / (c.n_heads / c.n_kv_heads);
    const HeadCache cache = head_cache(k, v, kv_head);
    for (size_t t = 0; t < cache.n; ++t) {
      const size_t at = t * c.q_dim() + head * head_dim;
      const std::span<float> past(a.data(), t + 1);
      scores(cache, {q.data() + at, head_dim}, past);
      const float sum = weigh(past, v_scales, kv_head);
      mix(cache, past, sum, {out.data() + at, head_dim});
    }
  }
  return out;
}

Network::HeadCache Network::head_cache(const std::vector<float>& k, const std::vector<float>& v, size_t kv_head) const {
  const size_t head_dim = weights_.config.head_dim;
  const size_t kv_dim = weights_.config.kv_dim();
  HeadCache cache;
  cache.n = k.size() / kv_dim;
  cache.width = round_up<size_t>(head_dim, kLanes);
  cache.keys.resize(head_dim * cache.n);
  cache.values.resize(cache.n * cache.width);
  for (size_t s = 0; s < cache.n; ++s) {
    const size_t at = s * kv_dim + kv_head * head_dim;
    for (size_t d = 0; d < head_dim; ++d) cache.keys[d * cache.n + s] = k[at + d];
    for (size_t d = 0; d < head_dim; ++d) cache.values[s * cache.width + d] = v[at + d];
  }
  return cache;
}

// a[s] = q . key s
void Network::scores(const HeadCache& cache, std::span<const float> q, std::span<float> a) {
  std::fill(a.begin(), a.end(), 0.0f);
  for (size_t d = 0; d < q.size(); ++d) {
    const float* keys = cache.keys.data() + d * cache.n;
    for (size_t s = 0; s < a.size(); ++s) a[s] += q[d] * keys[s];
  }
}

// out = sum of a[s] * value s, divided by `sum`
void Network::mix(const HeadCache& cache, std::span<const float> a, float sum, std::span<float> out) {
  for (size_t first = 0; first < out.size(); first += kLanes) {
    float mixed[kLanes] = {};
    for (size_t s = 0; s < a.size(); ++s) {
      for (size_t i = 0; i < kLanes; ++i) mixed[i] += a[s] * cache.values[s * cache.width + first + i];
    }
    for (size_t i = 0; i < kLanes && first + i < out.size(); ++i) out[first + i] = mixed[i] / sum;
  }
}

// Scores to weights of the values; returns what they are to be divided by.
float Network::weigh(std::span<float> a, const std::vector<float>& v_scales, size_t kv_head) const {
  const float scale = 1 / std::sqrt(static_cast<float>(weights_.config.head_dim));
  float most = a[0];
  for (const float score : a) most = score > most ? score : most;
  float sum = 0;
  for (float& p : a) {
    p = numerics_.exp_table ? exp_by_table((most - p) * scale) : std::exp((p - most) * scale) * 32768;
    sum += p;
  }
  if (numerics_.product_bits != 0) round_products(a, v_scales, kv_head);
  return sum;
}

// An exponential times the scale of its value, rounded to product_bits under the power of two that holds the largest
// scale; then without that scale again, as the values here have it.
void Network::round_products(std::span<float> a, const std::vector<float>& v_scales, size_t kv_head) const {
  const size_t stride = weights_.config.n_kv_heads;
  float largest = 0;
  for (size_t s = 0; s < a.size(); ++s) largest = std::max(largest, v_scales[s * stride + kv_head]);
  int exponent = 0;
  std::frexp(largest, &exponent);  // largest < 2^exponent, an exponential <= 2^15
  const float unit = std::ldexp(1.0f, exponent + 15 - numerics_.product_bits);
  for (size_t s = 0; s < a.size(); ++s) {
    const float v_scale = v_scales[s * stride + kv_head];
    a[s] = v_scale == 0 ? 0 : std::floor(a[s] * v_scale / unit + 0.5f) * unit / v_scale;
  }
}

}  // namespace thimble::study
