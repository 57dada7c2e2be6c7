// Scores a rounded model against the float model's own predictions.
#pragma once

#include <cstddef>
#include <vector>

#include "bench/quantization_study/network.h"
#include "bench/quantization_study/weights.h"

namespace thimble::study {

// Sums over all tokens.
struct Score {
  double tokens = 0;
  double nats = 0;          // loss
  double more_nats = 0;     // loss beyond the float model's
  double squared_more = 0;  // of each token, squared
  double divergence = 0;    // KL(float || rounded), nats
  double same_top = 0;      // tokens where both rank the same one first
  void add(const Score& other);

  double mean_loss() const { return nats / tokens; }
  double mean_more() const { return more_nats / tokens; }
  double error_of_more() const;  // one standard error of mean_more(), tokens taken as independent
  double mean_divergence() const { return divergence / tokens; }
  double share_same_top() const { return same_top / tokens; }
};

// Stories, and what the float model foresees in them. `weights` is used by the constructor alone.
class Judge {
 public:
  Judge(const Weights& weights, std::vector<Tokens> stories);
  Score score(const Weights& weights, const Numerics& numerics) const;
  size_t stories() const { return stories_.size(); }

 private:
  std::vector<float> log_probabilities(const Network& network, const Tokens& story) const;
  Score score_story(const Network& network, size_t index) const;

  size_t vocab_;
  std::vector<Tokens> stories_;
  std::vector<std::vector<float>> reference_;  // log-probabilities [tokens, vocab] of each story
};

}  // namespace thimble::study
