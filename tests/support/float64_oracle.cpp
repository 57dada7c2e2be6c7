#include "tests/support/float64_oracle.h"

#include <algorithm>
#include <cmath>

namespace thimble::testing {
namespace {

using Vector = std::vector<double>;

struct Matrix {
  size_t rows = 0;
  size_t cols = 0;
  Vector values;  // [rows, cols]

  Vector row(size_t r) const {
    const auto begin = values.begin() + static_cast<ptrdiff_t>(r * cols);
    return {begin, begin + static_cast<ptrdiff_t>(cols)};
  }
};

struct Layer {
  Vector attention_norm, ffn_norm;
  Matrix wq, wk, wv, wo, gate, up, down;
};

struct Network {
  ModelConfig config;
  Matrix embedding, classifier;
  Vector final_norm;
  std::vector<Layer> layers;
};

// What one layer has seen so far: one key and one value per position.
struct Memory {
  std::vector<Vector> keys, values;
};

// `get` gives the tensor of a role and layer as a Matrix.
template <class Get>
Network make_network(const ModelConfig& config, const Get& get) {
  Network n;
  n.config = config;
  n.embedding = get(Role::kTokenEmbedding, 0);
  n.classifier = get(Role::kClassifier, 0);
  n.final_norm = get(Role::kFinalNorm, 0).values;
  for (uint32_t i = 0; i < config.n_layers; ++i) {
    n.layers.push_back({get(Role::kAttentionNorm, i).values, get(Role::kFfnNorm, i).values, get(Role::kWq, i),
                        get(Role::kWk, i), get(Role::kWv, i), get(Role::kWo, i), get(Role::kWGate, i),
                        get(Role::kWUp, i), get(Role::kWDown, i)});
  }
  return n;
}

Vector multiply(const Matrix& m, const Vector& x) {
  Vector out(m.rows, 0.0);
  for (size_t r = 0; r < m.rows; ++r) {
    for (size_t c = 0; c < m.cols; ++c) out[r] += m.values[r * m.cols + c] * x[c];
  }
  return out;
}

void add(Vector* x, const Vector& y) {
  for (size_t i = 0; i < x->size(); ++i) (*x)[i] += y[i];
}

Vector rms_norm(const Vector& x, const Vector& weight, double eps) {
  double sum = 0;
  for (const double v : x) sum += v * v;
  const double scale = 1.0 / std::sqrt(sum / static_cast<double>(x.size()) + eps);
  Vector out(x.size());
  for (size_t i = 0; i < x.size(); ++i) out[i] = weight[i] * (scale * x[i]);
  return out;
}

void rotate(Vector* x, size_t position, const ModelConfig& c) {
  for (size_t head = 0; head < x->size() / c.head_dim; ++head) {
    for (size_t i = 0; i < c.head_dim / 2; ++i) {
      const double exponent = -2.0 * static_cast<double>(i) / c.head_dim;
      const double angle = static_cast<double>(position) * std::pow(static_cast<double>(c.rope_theta), exponent);
      double& a = (*x)[head * c.head_dim + 2 * i];
      double& b = (*x)[head * c.head_dim + 2 * i + 1];
      const double a0 = a, b0 = b;
      a = a0 * std::cos(angle) - b0 * std::sin(angle);
      b = a0 * std::sin(angle) + b0 * std::cos(angle);
    }
  }
}

void softmax(Vector* x) {
  double largest = (*x)[0];
  for (const double v : *x) largest = std::max(largest, v);
  double sum = 0;
  for (double& v : *x) sum += v = std::exp(v - largest);
  for (double& v : *x) v /= sum;
}

Vector attend(const Vector& q, const Memory& memory, const ModelConfig& c) {
  Vector out(q.size(), 0.0);
  for (size_t head = 0; head < c.n_heads; ++head) {
    const size_t from = head * c.head_dim;
    const size_t kv_from = head / (c.n_heads / c.n_kv_heads) * c.head_dim;
    Vector weights;
    for (const Vector& k : memory.keys) {
      double dot = 0;
      for (size_t i = 0; i < c.head_dim; ++i) dot += q[from + i] * k[kv_from + i];
      weights.push_back(dot / std::sqrt(static_cast<double>(c.head_dim)));
    }
    softmax(&weights);
    for (size_t t = 0; t < weights.size(); ++t) {
      for (size_t i = 0; i < c.head_dim; ++i) out[from + i] += weights[t] * memory.values[t][kv_from + i];
    }
  }
  return out;
}

Vector feed_forward(const Layer& layer, const Vector& x) {
  Vector h = multiply(layer.gate, x);
  const Vector up = multiply(layer.up, x);
  for (size_t i = 0; i < h.size(); ++i) h[i] = h[i] / (1.0 + std::exp(-h[i])) * up[i];
  return multiply(layer.down, h);
}

Vector forward(const Network& n, std::vector<Memory>* memories, uint32_t token, size_t position) {
  const ModelConfig& c = n.config;
  const auto eps = static_cast<double>(c.norm_eps);
  Vector x = n.embedding.row(token);
  for (size_t l = 0; l < n.layers.size(); ++l) {
    const Layer& layer = n.layers[l];
    Memory& memory = (*memories)[l];
    const Vector xb = rms_norm(x, layer.attention_norm, eps);
    Vector q = multiply(layer.wq, xb);
    Vector k = multiply(layer.wk, xb);
    rotate(&q, position, c);
    rotate(&k, position, c);
    memory.keys.push_back(std::move(k));
    memory.values.push_back(multiply(layer.wv, xb));
    add(&x, multiply(layer.wo, attend(q, memory, c)));
    add(&x, feed_forward(layer, rms_norm(x, layer.ffn_norm, eps)));
  }
  return multiply(n.classifier, rms_norm(x, n.final_norm, eps));
}

std::vector<Vector> run(const Network& network, std::span<const uint32_t> tokens) {
  std::vector<Memory> memories(network.layers.size());
  std::vector<Vector> logits;
  for (size_t t = 0; t < tokens.size(); ++t) logits.push_back(forward(network, &memories, tokens[t], t));
  return logits;
}

}  // namespace

std::vector<Vector> oracle_logits(const Fixture& fixture, std::span<const uint32_t> tokens) {
  const auto get = [&](Role role, uint32_t layer) {
    const FixtureTensor& t = fixture.tensor(role, layer);
    return Matrix{t.rows, t.cols, Vector(t.values.begin(), t.values.end())};
  };
  return run(make_network(fixture.config, get), tokens);
}

std::vector<Vector> oracle_logits(const Model& model, std::span<const uint32_t> tokens) {
  const auto get = [&](Role role, uint32_t layer) {
    const TensorView view = model.tensor(role, layer);
    Matrix m{view.rows, view.cols, {}};
    for (uint32_t r = 0; r < view.rows; ++r) {
      m.values.insert(m.values.end(), view.f32_row(r), view.f32_row(r) + view.cols);
    }
    return m;
  };
  return run(make_network(model.config(), get), tokens);
}

}  // namespace thimble::testing
