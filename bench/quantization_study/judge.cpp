#include "bench/quantization_study/judge.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "tools/parallel.h"

namespace thimble::study {
namespace {

// Turns logits into their log-probabilities.
void log_softmax(std::span<float> logits) {
  const float most = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float x : logits) sum += static_cast<double>(std::exp(x - most));
  const float log_sum = most + static_cast<float>(std::log(sum));
  for (float& x : logits) x -= log_sum;
}

size_t top(std::span<const float> p) { return static_cast<size_t>(std::max_element(p.begin(), p.end()) - p.begin()); }

}  // namespace

void Score::add(const Score& other) {
  tokens += other.tokens;
  nats += other.nats;
  more_nats += other.more_nats;
  squared_more += other.squared_more;
  divergence += other.divergence;
  same_top += other.same_top;
}

double Score::error_of_more() const {
  const double variance = squared_more / tokens - mean_more() * mean_more();
  return std::sqrt(std::max(variance, 0.0) / tokens);
}

Judge::Judge(const Weights& weights, std::vector<Tokens> stories)
    : vocab_(weights.config.vocab_size), stories_(std::move(stories)), reference_(stories_.size()) {
  const Network network(weights, {});
  tools::in_parallel(stories_.size(), [&](size_t i) { reference_[i] = log_probabilities(network, stories_[i]); });
}

Score Judge::score(const Weights& weights, const Numerics& numerics) const {
  const Network network(weights, numerics);
  std::vector<Score> scores(stories_.size());
  tools::in_parallel(stories_.size(), [&](size_t i) { scores[i] = score_story(network, i); });
  Score total;
  for (const Score& s : scores) total.add(s);
  return total;
}

std::vector<float> Judge::log_probabilities(const Network& network, const Tokens& story) const {
  std::vector<float> p = network.run(story);
  for (size_t at = 0; at < p.size(); at += vocab_) log_softmax({p.data() + at, vocab_});
  return p;
}

Score Judge::score_story(const Network& network, size_t index) const {
  const Tokens& story = stories_[index];
  const std::vector<float> log_q = log_probabilities(network, story);
  Score score;
  for (size_t t = 0; t + 1 < story.size(); ++t) {
    const std::span<const float> p(reference_[index].data() + t * vocab_, vocab_);
    const std::span<const float> q(log_q.data() + t * vocab_, vocab_);
    const size_t target = story[t + 1];
    const double more = static_cast<double>(p[target]) - static_cast<double>(q[target]);
    score.tokens += 1;
    score.nats -= static_cast<double>(q[target]);
    score.more_nats += more;
    score.squared_more += more * more;
    for (size_t i = 0; i < vocab_; ++i) score.divergence += static_cast<double>(std::exp(p[i]) * (p[i] - q[i]));
    score.same_top += top(p) == top(q) ? 1 : 0;
  }
  return score;
}

}  // namespace thimble::study
