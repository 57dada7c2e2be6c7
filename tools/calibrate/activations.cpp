#include "tools/calibrate/activations.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace thimble::tools {

Activations::Activations(const ModelConfig& config, RowMatrix embedded, std::vector<size_t> starts,
                         std::vector<uint64_t> phase_steps)
    : config_(config), starts_(std::move(starts)), phase_steps_(std::move(phase_steps)), x_(std::move(embedded)) {}

void Activations::pass(Role role, const RowMatrix& weights) {
  switch (role) {
    case Role::kAttentionNorm:
    case Role::kFfnNorm:
    case Role::kFinalNorm:
      return normalise(weights);
    case Role::kWq:
      q_ = input_ * weights.transpose();
      return rotate(&q_);
    case Role::kWk:
      k_ = input_ * weights.transpose();
      return rotate(&k_);
    case Role::kWv: {
      const RowMatrix v = input_ * weights.transpose();
      return attend(v);
    }
    case Role::kWo:
    case Role::kWDown:
      x_ += input_ * weights.transpose();
      return;
    case Role::kWGate:
      gate_ = input_ * weights.transpose();
      return;
    case Role::kWUp: {
      const RowMatrix up = input_ * weights.transpose();
      input_ = (gate_.array() / (1 + (-gate_.array()).exp()) * up.array()).matrix();
      return;
    }
    case Role::kTokenEmbedding:
    case Role::kClassifier:
      return;
  }
}

void Activations::normalise(const RowMatrix& weights) {
  const Eigen::ArrayXf scale =
      (x_.rowwise().squaredNorm().array() / static_cast<float>(config_.dim) + config_.norm_eps).rsqrt();
  input_ = ((x_.array().colwise() * scale).rowwise() * weights.row(0).array()).matrix();
}

// Each head by its position in its sequence. Pairs stand side by side.
void Activations::rotate(RowMatrix* heads) const {
  for (size_t s = 0; s + 1 < starts_.size(); ++s) {
    for (size_t t = starts_[s]; t < starts_[s + 1]; ++t) {
      for (Eigen::Index i = 0; i < heads->cols(); i += 2) {
        const uint64_t phase = (t - starts_[s]) * phase_steps_[static_cast<size_t>(i) % config_.head_dim / 2];
        const double angle = 2 * std::numbers::pi * std::ldexp(static_cast<double>(phase), -64);
        const auto cosine = static_cast<float>(std::cos(angle));
        const auto sine = static_cast<float>(std::sin(angle));
        float* pair = heads->row(static_cast<Eigen::Index>(t)).data() + i;
        const float a = pair[0];
        const float b = pair[1];
        pair[0] = a * cosine - b * sine;
        pair[1] = a * sine + b * cosine;
      }
    }
  }
}

void Activations::attend(const RowMatrix& v) {
  const Eigen::Index width = config_.head_dim;
  const float scale = 1 / std::sqrt(static_cast<float>(width));
  RowMatrix out(q_.rows(), q_.cols());
  for (size_t s = 0; s + 1 < starts_.size(); ++s) {
    const auto first = static_cast<Eigen::Index>(starts_[s]);
    const auto count = static_cast<Eigen::Index>(starts_[s + 1] - starts_[s]);
    for (uint32_t head = 0; head < config_.n_heads; ++head) {
      const Eigen::Index at = head * width;
      const Eigen::Index kv_at = head / (config_.n_heads / config_.n_kv_heads) * width;
      RowMatrix scores = q_.block(first, at, count, width) * k_.block(first, kv_at, count, width).transpose() * scale;
      for (Eigen::Index t = 0; t < count; ++t) {
        auto past = scores.row(t).head(t + 1).array();
        past = (past - past.maxCoeff()).exp();
        past /= past.sum();
        scores.row(t).tail(count - t - 1).setZero();
      }
      out.block(first, at, count, width) = scores * v.block(first, kv_at, count, width);
    }
  }
  input_ = std::move(out);
}

}  // namespace thimble::tools
