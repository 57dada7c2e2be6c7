// Choosing the next token. docs/NUMERICS.md ("Sampling") defines every step, so that the same logits and seed give
// the same token on every machine, whether the logits come at once or block by block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/status.h"

namespace thimble {

inline constexpr uint32_t kMaxCandidates = 256;   // the best tokens that filters and the draw can choose from
inline constexpr uint32_t kMaxPenaltyWindow = 256;  // tokens that the penalties look back at
inline constexpr uint32_t kMaxLogitBias = 64;

struct LogitBias {
  uint32_t token = 0;
  float bias = 0;  // added to the logit first of all; -inf forbids the token
};

// Steps act in this order: logit bias, repetition penalty, presence and frequency penalty, top-k, top-p, min-p,
// temperature, draw.
struct SamplerParams {
  float temperature = 0.8f;        // >= 0; 0: greedy, the best token, lower id on a tie
  uint32_t top_k = 40;             // keep this many best; 0 or > kMaxCandidates: kMaxCandidates
  float top_p = 0.95f;             // (0, 1]: keep the fewest best whose probabilities reach this; 1: off
  float min_p = 0.05f;             // [0, 1): drop what is less probable than min_p times the best; 0: off
  float repeat_penalty = 1.0f;     // > 0: a seen token's logit is divided by it (multiplied when <= 0); 1: off
  float presence_penalty = 0.0f;   // finite: subtracted once from each seen token; 0: off
  float frequency_penalty = 0.0f;  // finite: subtracted once per occurrence; 0: off
  uint32_t repeat_last_n = 64;     // how many of the last tokens count as seen, <= kMaxPenaltyWindow; 0: off
  uint64_t seed = 0;               // with the position, the key of the one random number per token
  std::span<const LogitBias> logit_bias{};  // <= kMaxLogitBias; read by set_params only
};

struct Candidate {
  uint32_t token = 0;
  float logit = 0;  // after bias and penalties
};

// Holds no pointer to anything but itself; about 5 kB. For each token: begin, feed all rows in order, pick.
class Sampler {
 public:
  // Errors: kInvalidArgument (subject: the field), kLimit (too many biases).
  Status set_params(const SamplerParams& params);
  const SamplerParams& params() const { return params_; }  // logit_bias empty

  // Starts a choice for the token at `position`; `history` is the sequence so far (its last repeat_last_n count).
  void begin(uint32_t position, std::span<const uint32_t> history);
  // The next rows of the logits, first_row counting from 0 without a gap. NaN counts as -infinity.
  void feed(uint32_t first_row, std::span<const float> logits);
  // The chosen token id. Call once, after all rows.
  uint32_t pick();

  // After pick(): what was left after all filters, best first.
  std::span<const Candidate> candidates() const { return {candidates_.data(), candidate_count_}; }

 private:
  struct Adjustment {
    uint32_t token = 0;
    uint32_t count = 0;  // occurrences in the window
    float bias = 0;
  };
  float adjust(const Adjustment& a, float logit) const;
  void offer(uint32_t token, float logit);
  void add_to_sum(float logit);
  uint32_t weight_below_reference(int32_t y) const;
  void keep_top_p();

  SamplerParams params_;
  std::array<LogitBias, kMaxLogitBias> biases_{};  // sorted by token
  uint32_t bias_count_ = 0;
  uint32_t limit_ = 1;              // candidates to keep
  uint32_t inverse_temperature_ = 0;  // in units of 2^-20
  float inverse_penalty_ = 1;
  bool greedy_ = true;

  uint32_t position_ = 0;
  std::array<Adjustment, kMaxPenaltyWindow + kMaxLogitBias> adjustments_{};  // sorted by token
  uint32_t adjustment_count_ = 0;
  uint32_t next_adjustment_ = 0;

  std::array<Candidate, kMaxCandidates> candidates_{};  // a heap with the worst on top; sorted by pick()
  uint32_t candidate_count_ = 0;

  // Running normaliser: sum over rows of 2^(y_i - reference), in units of 2^-30 (docs/NUMERICS.md).
  uint64_t sum_ = 0;
  int32_t reference_ = 0;  // in octaves
  bool started_ = false;
};

}  // namespace thimble
