// Choosing the next token. docs/NUMERICS.md ("Sampling") defines every step, so that the same logits and seed give
// the same token on every machine, whether the logits come at once or block by block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/status.h"

namespace thimble {

class Model;

inline constexpr uint32_t kMaxCandidates = 256;     // the best tokens that filters and the draw can choose from
inline constexpr uint32_t kMaxPenaltyWindow = 256;  // tokens that the penalties look back at
inline constexpr uint32_t kMaxLogitBias = 64;

struct LogitBias {
  uint32_t token = 0;  // any id; one that is not in the vocabulary has no effect
  float bias = 0;      // finite or -inf; added to the logit first of all; -inf forbids the token
};

// Steps act in this order, each on what the one before left: logit bias, repetition penalty, frequency and presence
// penalty, top-k, top-p, min-p, temperature, draw.
struct SamplerParams {
  float temperature = 0.8f;        // finite, >= 0; under 2^-16: greedy, the best token, the lower id on a tie
  uint32_t top_k = 40;             // keep this many best; 0 or > kMaxCandidates: no filter, but see kMaxCandidates
  float top_p = 0.95f;             // (0, 1]: keep the fewest best that make up this share of what is left; 1: off
  float min_p = 0.05f;             // [0, 1): drop what is less probable than min_p times the best; 0: off
  float repeat_penalty = 1.0f;     // finite, > 0: a seen token's logit is divided by it (multiplied when <= 0); 1: off
  float presence_penalty = 0.0f;   // finite: subtracted once from each seen token; 0: off
  float frequency_penalty = 0.0f;  // finite: subtracted once per occurrence; 0: off
  uint32_t repeat_last_n = 64;     // how many of the last tokens count as seen, <= kMaxPenaltyWindow; 0: off
  uint64_t seed = 0;               // any; with the position, the key of the one random number per token
  std::span<const LogitBias> logit_bias{};  // <= kMaxLogitBias, no token twice; read by set_params only
};

struct Candidate {
  uint32_t token = 0;
  float logit = 0;  // after bias and penalties
};

// Which tokens may be chosen at all.
struct TokenFilter {
  // Asked while the best candidates are looked through, not of every row. Null: all.
  bool (*allows)(const void* context, uint32_t token) = nullptr;
  // The token where none of the candidates may be chosen; kNoToken for the choice that would be made without a filter.
  uint32_t (*otherwise)(const void* context) = nullptr;
  const void* context = nullptr;
};

// What a model file recommends (its about section, keys sampling.*); the defaults above for what it does not state or
// states outside the range. The seed stays 0. Every program starts from this, so that the same seed tells the same
// text.
SamplerParams model_sampling(const Model& model);

// Holds no pointer to anything; under 4 kB. For each token: begin, feed the rows in order, pick.
//
// A row costs about seven integer instructions, and some hundred where it enters the candidates or has a bias or a
// penalty. Only top_p < 1 without top_k needs the probability of every row: about 40 instructions more for each.
class Sampler {
 public:
  Sampler();  // with the default parameters

  // Errors, which leave everything as it was: kInvalidArgument (subject: the field; for logit_bias with the index),
  // kLimit (too many biases).
  Status set_params(const SamplerParams& params);
  const SamplerParams& params() const { return params_; }  // logit_bias empty

  // From the next begin() on; `context` must stay good. Only where THIMBLE_WORD_GUARD is on; else it has no effect.
  void set_filter(const TokenFilter& filter);

  // The same bias for each of `tokens` that has none yet, as far as there is room among kMaxLogitBias; forget_added()
  // and set_params() take it back. Only where THIMBLE_WORD_GUARD is on.
  void add_bias(std::span<const uint32_t> tokens, float bias);
  void forget_added();

  // Starts a choice for the token at `position`; `history` is the sequence so far (its last repeat_last_n count).
  void begin(uint32_t position, std::span<const uint32_t> history);
  // The next rows of the logits; first_row rises from block to block. Blocks of any size, also empty ones, give the
  // same result. A row that is never fed cannot be chosen. NaN counts as -infinity, -0 as +0.
  void feed(uint32_t first_row, std::span<const float> logits);
  // The chosen token id. Call once, after all rows. Where every row is -infinity, it is the first row fed.
  uint32_t pick();

  // After pick(): what was left after all filters, best first, ties by lower id first; never empty.
  std::span<const Candidate> candidates() const { return {candidates_.data(), candidate_count_}; }

 private:
  static constexpr uint32_t kNoRow = UINT32_MAX;

  void prepare();
  uint32_t next_adjusted_row() const;
  float adjust(uint32_t token, float logit);
  void take(uint32_t first_row, std::span<const float> logits);
  void offer(uint32_t token, float logit);
  void replace_worst(const Candidate& candidate);
  void raise_bar();
  void add_to_sum(std::span<const float> logits);
  void keep_top_p();
  void keep_min_p();
  uint32_t pick_allowed();
  bool keep_allowed(uint32_t ranked);
  uint32_t draw() const;
  uint32_t heated_weight(const Candidate& candidate, int32_t best) const;

  SamplerParams params_;
  TokenFilter filter_;
  std::array<LogitBias, kMaxLogitBias> biases_{};  // sorted by token
  uint32_t bias_count_ = 0;
  uint64_t added_ = 0;  // a bit for each entry of biases_ that add_bias() made

  // Made of the parameters by prepare().
  bool greedy_ = false;
  bool penalise_ = false;      // a penalty is on
  bool sum_all_rows_ = false;  // top-p over the whole vocabulary
  uint32_t most_candidates_ = 0;
  float inverse_repeat_ = 1;  // 1 / repeat_penalty
  uint32_t top_p_ = 0;        // in units of 2^-32; 0: off
  uint32_t min_p_ = 0;        // in units of 2^-31
  uint32_t heat_ = 0;         // 1 / temperature = heat_ * 2^-heat_shift_
  uint32_t heat_shift_ = 1;

  uint32_t position_ = 0;
  uint32_t first_row_ = kNoRow;                       // the first row fed
  std::array<uint32_t, kMaxPenaltyWindow> window_{};  // the last tokens, sorted
  uint32_t window_count_ = 0;
  uint32_t next_window_ = 0;  // the first entry at or behind the next row
  uint32_t next_bias_ = 0;    // likewise

  std::array<Candidate, kMaxCandidates> candidates_{};  // a heap with the worst on top; sorted by pick()
  uint32_t candidate_count_ = 0;
  // A row's bits can only become a candidate when (bits ^ bar_flip_) > bar_: see raise_bar().
  uint32_t bar_flip_ = 0;
  uint32_t bar_ = 0;

  // Sum of the rows' weights, 2^(y - reference) each, in units of 2^-31.
  uint64_t sum_ = 0;
  int32_t reference_ = 0;
};

}  // namespace thimble
