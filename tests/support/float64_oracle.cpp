#include "tests/support/float64_oracle.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace thimble::testing {
namespace {

using Vector = std::vector<double>;

// What the network needs to know, wherever it comes from.
struct Network {
  size_t dim, hidden, layers, heads, kv_heads, head_dim, vocab;
  double theta, eps;
  bool tied;
  std::function<double(Role, size_t layer, size_t row, size_t col)> weight;
};

Vector multiply(const Network& net, Role role, size_t layer, size_t rows, const Vector& x) {
  Vector out(rows, 0.0);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < x.size(); ++c) out[r] += net.weight(role, layer, r, c) * x[c];
  }
  return out;
}

Vector rms_norm(const Network& net, Role role, size_t layer, const Vector& x) {
  double square = 0;
  for (const double v : x) square += v * v;
  const double scale = 1 / std::sqrt(square / static_cast<double>(x.size()) + net.eps);
  Vector out(x.size());
  for (size_t i = 0; i < x.size(); ++i) out[i] = net.weight(role, layer, 0, i) * x[i] * scale;
  return out;
}

void rotate(const Network& net, Vector* x, size_t position) {
  for (size_t i = 0; i < x->size(); i += 2) {
    const double pair = static_cast<double>(i % net.head_dim) / static_cast<double>(net.head_dim);
    const double angle = static_cast<double>(position) * std::pow(net.theta, -pair);
    const double a = (*x)[i];
    const double b = (*x)[i + 1];
    (*x)[i] = a * std::cos(angle) - b * std::sin(angle);
    (*x)[i + 1] = a * std::sin(angle) + b * std::cos(angle);
  }
}

// One query against all keys and values so far; out is [heads * head_dim].
Vector attend(const Network& net, const Vector& q, const std::vector<Vector>& keys, const std::vector<Vector>& values) {
  Vector out(q.size(), 0.0);
  for (size_t h = 0; h < net.heads; ++h) {
    const size_t kv = h / (net.heads / net.kv_heads) * net.head_dim;
    Vector score(keys.size(), 0.0);
    for (size_t t = 0; t < keys.size(); ++t) {
      for (size_t i = 0; i < net.head_dim; ++i) score[t] += q[h * net.head_dim + i] * keys[t][kv + i];
      score[t] /= std::sqrt(static_cast<double>(net.head_dim));
    }
    const double most = *std::max_element(score.begin(), score.end());
    double sum = 0;
    for (double& s : score) sum += s = std::exp(s - most);
    for (size_t t = 0; t < keys.size(); ++t) {
      for (size_t i = 0; i < net.head_dim; ++i) out[h * net.head_dim + i] += score[t] / sum * values[t][kv + i];
    }
  }
  return out;
}

void add(Vector* x, const Vector& y) {
  for (size_t i = 0; i < x->size(); ++i) (*x)[i] += y[i];
}

std::vector<Vector> run(const Network& net, std::span<const uint32_t> tokens) {
  std::vector<std::vector<Vector>> keys(net.layers);
  std::vector<std::vector<Vector>> values(net.layers);
  std::vector<Vector> logits;
  for (size_t position = 0; position < tokens.size(); ++position) {
    Vector x(net.dim);
    for (size_t i = 0; i < net.dim; ++i) x[i] = net.weight(Role::kTokenEmbedding, 0, tokens[position], i);
    for (size_t l = 0; l < net.layers; ++l) {
      const Vector in = rms_norm(net, Role::kAttentionNorm, l, x);
      Vector q = multiply(net, Role::kWq, l, net.heads * net.head_dim, in);
      Vector k = multiply(net, Role::kWk, l, net.kv_heads * net.head_dim, in);
      rotate(net, &q, position);
      rotate(net, &k, position);
      keys[l].push_back(k);
      values[l].push_back(multiply(net, Role::kWv, l, net.kv_heads * net.head_dim, in));
      add(&x, multiply(net, Role::kWo, l, net.dim, attend(net, q, keys[l], values[l])));
      const Vector between = rms_norm(net, Role::kFfnNorm, l, x);
      Vector gate = multiply(net, Role::kWGate, l, net.hidden, between);
      const Vector up = multiply(net, Role::kWUp, l, net.hidden, between);
      for (size_t i = 0; i < net.hidden; ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
      add(&x, multiply(net, Role::kWDown, l, net.dim, gate));
    }
    const Role classifier = net.tied ? Role::kTokenEmbedding : Role::kClassifier;
    logits.push_back(multiply(net, classifier, 0, net.vocab, rms_norm(net, Role::kFinalNorm, 0, x)));
  }
  return logits;
}

}  // namespace

std::vector<Vector> oracle_logits(const Fixture& fixture, std::span<const uint32_t> tokens) {
  const FixtureSpec& s = fixture.spec;
  Network net{s.dim, s.hidden_dim, s.n_layers, s.n_heads, s.n_kv_heads, s.head_dim(), s.vocab_size, 10000.0, 1e-5,
              s.tied, nullptr};
  net.weight = [&fixture, &s](Role role, size_t layer, size_t row, size_t col) {
    const size_t cols = role == Role::kWDown ? s.hidden_dim : s.dim;
    return static_cast<double>(fixture.tensor(role, static_cast<uint32_t>(layer))[row * cols + col]);
  };
  return run(net, tokens);
}

std::vector<Vector> oracle_logits(const Model& model, std::span<const uint32_t> tokens) {
  const ModelConfig& c = model.config();
  Network net{c.dim,       c.hidden_dim, c.n_layers, c.n_heads, c.n_kv_heads, c.head_dim,
              c.vocab_size, static_cast<double>(c.rope_theta), static_cast<double>(c.norm_eps), c.tied_classifier, nullptr};
  net.weight = [&model](Role role, size_t layer, size_t row, size_t col) {
    return static_cast<double>(model.tensor(role, static_cast<uint32_t>(layer)).f32_row(row)[col]);
  };
  return run(net, tokens);
}

}  // namespace thimble::testing
